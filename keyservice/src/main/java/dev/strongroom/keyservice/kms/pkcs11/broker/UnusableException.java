package dev.strongroom.keyservice.kms.pkcs11.broker;

/** The token is there, and what it holds must not or cannot be used: an operator must act. */
final class UnusableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnusableException(String message) {
    super(message);
  }
}
