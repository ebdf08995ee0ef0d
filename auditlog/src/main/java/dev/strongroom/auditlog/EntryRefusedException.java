package dev.strongroom.auditlog;

/**
 * Thrown by {@link Entry#admit} to say that the entry does not belong in the log: a nonce already
 * used, a subject revoked, a policy that has moved on. Nothing is appended. Callers subclass it to
 * carry their own reason; the very instance that was thrown completes the caller's future.
 */
public class EntryRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * @param code a stable code of the caller's own, such as {@code nonce-used}
   * @param message what is wrong and what to do next; never a secret
   */
  public EntryRefusedException(String code, String message) {
    super(message);
    this.code = code;
  }

  /** As above, with the reason beneath it. */
  public EntryRefusedException(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
