package dev.strongroom.keyservice.kms.pkcs11;

/** The broker ended, or did not answer in time. What was asked may or may not have been done. */
final class BrokerLostException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean silent;

  /**
   * @param silent whether it is there and has not answered in time
   */
  BrokerLostException(String message, boolean silent) {
    super(message);
    this.silent = silent;
  }

  boolean silent() {
    return silent;
  }
}
