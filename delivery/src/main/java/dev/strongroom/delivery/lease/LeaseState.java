package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;

/** Where a lease stands. All times are nanoseconds on the {@link LeaseClock}. */
public sealed interface LeaseState {
  /**
   * The right stands.
   *
   * @param endsAt counted from the sending of the request that gave it
   * @param renewAt when to ask for more
   */
  record Held(long endsAt, long renewAt) implements LeaseState {}

  /**
   * The time is over, and the service has not been heard since: what is delivered may stay for the
   * grace that the grant gives.
   *
   * @param until the end of the grace; {@link Long#MAX_VALUE} under {@code keep-serving}
   */
  record Expiring(long until) implements LeaseState {}

  /**
   * The right is over; there is no way back.
   *
   * @param reason for people
   */
  record Ended(Lease.EndCause cause, String reason) implements LeaseState {}
}
