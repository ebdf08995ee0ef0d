package dev.strongroom.delivery.retry;

import java.time.Duration;

/**
 * How long something is tried again: pauses grow from {@code first} by doubling up to {@code
 * longest}, each shortened by a random part, and none begins that would end after {@code deadline}.
 *
 * @param first the first pause, more than zero
 * @param longest the longest pause, not shorter than the first
 * @param deadline from the first attempt to the last; zero for one attempt only
 */
public record RetryLimits(Duration first, Duration longest, Duration deadline) {
  /**
   * @throws IllegalArgumentException when a duration is out of range
   */
  public RetryLimits {
    if (!first.isPositive() || longest.compareTo(first) < 0 || deadline.isNegative()) {
      throw new IllegalArgumentException("pauses are positive, and a deadline is not negative");
    }
  }

  /** Pauses from 100 ms to 5 s, within this deadline. */
  public static RetryLimits within(Duration deadline) {
    return new RetryLimits(Duration.ofMillis(100), Duration.ofSeconds(5), deadline);
  }
}
