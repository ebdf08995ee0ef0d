package dev.strongroom.delivery.retry;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What waiting needs: a clock that only goes forward, chance, and a way to wait.
 *
 * @param nanoTime nanoseconds since some moment
 * @param random for jitter; no secret depends on it
 */
public record Timing(LongSupplier nanoTime, RandomGenerator random, Pause pause) {
  /** The machine's own. */
  public static Timing system() {
    return new Timing(
        System::nanoTime, () -> ThreadLocalRandom.current().nextLong(), Pause.sleeping());
  }
}
