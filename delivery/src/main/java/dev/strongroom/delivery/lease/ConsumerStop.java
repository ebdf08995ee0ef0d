package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;

/** Stops whoever reads the weights, before they are taken away. */
public interface ConsumerStop {
  /**
   * Stops the consumer and makes sure of it, within a bound.
   *
   * @return what is known afterwards
   */
  Lease.ConsumerEnd stop();

  /** Called about once a second while the lease is held. */
  default void watch() {}

  /** There is no consumer, or nobody told us of one. */
  static ConsumerStop none() {
    return () -> Lease.ConsumerEnd.NONE_KNOWN;
  }
}
