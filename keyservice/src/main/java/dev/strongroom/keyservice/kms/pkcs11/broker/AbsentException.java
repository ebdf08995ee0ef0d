package dev.strongroom.keyservice.kms.pkcs11.broker;

/** The module works, and the token is not in any of its slots. */
final class AbsentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AbsentException(String message) {
    super(message);
  }
}
