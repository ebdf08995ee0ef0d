package dev.strongroom.cli.publish;

/** The storage answered a PUT with another status than success. */
public final class StorageRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  public StorageRefusedException(int status) {
    super("the storage answered with status " + status);
    this.status = status;
  }

  public int status() {
    return status;
  }

  /** The URL has lapsed, or its signature no longer holds: a new one may help. */
  boolean wantsNewUrl() {
    return status == 401 || status == 403;
  }

  /** The storage is busy or broken for a moment. */
  boolean isPassing() {
    return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
  }
}
