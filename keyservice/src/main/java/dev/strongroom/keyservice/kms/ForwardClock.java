package dev.strongroom.keyservice.kms;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/** A clock for spans of time alone: a change of the machine's time does not move it. */
final class ForwardClock extends Clock {
  private final LongSupplier nanos;

  /**
   * @param nanos as {@link System#nanoTime}
   */
  ForwardClock(LongSupplier nanos) {
    this.nanos = nanos;
  }

  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(nanos.getAsLong());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** The same: it counts in no zone. */
  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
