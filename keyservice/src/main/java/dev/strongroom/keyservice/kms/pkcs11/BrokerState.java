package dev.strongroom.keyservice.kms.pkcs11;

/** Where the broker of a token stands. */
sealed interface BrokerState {

  /** The token is open. */
  record Ready(BrokerConnection connection) implements BrokerState {}

  /**
   * The token is not open, and is being tried.
   *
   * @param why for people
   * @param failures starts in a row that did not open it
   */
  record Away(String why, int failures) implements BrokerState {}

  /** The token is there, and an operator must act. */
  record Unusable(String why) implements BrokerState {}

  /** The service is stopping. */
  record Closed() implements BrokerState {}
}
