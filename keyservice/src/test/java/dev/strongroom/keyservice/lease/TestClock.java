package dev.strongroom.keyservice.lease;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock and a monotonic counter that tests move. */
final class TestClock implements InstantSource {
  private final AtomicLong millis;
  private final AtomicLong nanos = new AtomicLong(1_000);

  TestClock(long millis) {
    this.millis = new AtomicLong(millis);
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis.get());
  }

  long nanos() {
    return nanos.get();
  }

  /** Time passes, on both clocks. */
  void pass(Duration time) {
    millis.addAndGet(time.toMillis());
    nanos.addAndGet(time.toNanos());
  }

  /** The clock is set, and no time passes. */
  void jump(Duration by) {
    millis.addAndGet(by.toMillis());
  }
}
