package dev.strongroom.keyservice.http;

/** A caller asks too often; it may ask again after a while. */
final class LimitExceeded extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long retryAfterSeconds;

  LimitExceeded(String message, long retryAfterSeconds) {
    super(message, null, false, false);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
