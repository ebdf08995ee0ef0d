package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;

/**
 * A hook that asks the consumer to stop, and a process that must be gone afterwards: the process
 * has the last word where one is known.
 */
public record StopInTurn(ConsumerStop first, ConsumerStop last) implements ConsumerStop {
  @Override
  public Lease.ConsumerEnd stop() {
    Lease.ConsumerEnd asked = first.stop();
    Lease.ConsumerEnd seen = last.stop();
    return seen == Lease.ConsumerEnd.NONE_KNOWN ? asked : seen;
  }

  @Override
  public void watch() {
    first.watch();
    last.watch();
  }
}
