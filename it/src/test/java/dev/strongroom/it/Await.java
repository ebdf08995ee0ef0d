package dev.strongroom.it;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what another process does, and never longer than a limit. */
final class Await {
  /** For whatever takes moments on an idle machine. */
  static final Duration LIMIT = Duration.ofSeconds(90);

  private static final long POLL_NANOS = 20_000_000;

  private Await() {}

  /**
   * The value, as soon as it is there.
   *
   * @throws AssertionError naming what was waited for, when the limit is over
   */
  static <T> T until(Duration limit, String what, Supplier<Optional<T>> look) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Optional<T> seen = look.get();
      if (seen.isPresent()) {
        return seen.get();
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Returns when the condition holds. */
  static void untilTrue(Duration limit, String what, BooleanSupplier look) {
    until(limit, what, () -> look.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }
}
