package dev.strongroom.delivery.lease;

/** What a lease asks of its keeper next. */
sealed interface LeaseStep {
  /** Send this renewal now. */
  record Renew(long sequence) implements LeaseStep {}

  /** Nothing to do before this time. */
  record Wait(long until) implements LeaseStep {}

  /** Take the weights away. */
  record End(LeaseState.Ended ended) implements LeaseStep {}
}
