package dev.strongroom.delivery.source;

import dev.strongroom.delivery.retry.RetryLimits;
import java.time.Duration;

/**
 * How patient a reader of ranges is.
 *
 * @param connect to open a connection, 1 ms to 10 minutes
 * @param stall without a single byte, and for a handshake or the whole head of an answer, 1 ms to
 *     10 minutes
 * @param retry for one range, from its first attempt
 * @param misbehaviours how many wrong answers to one range are borne before it fails
 */
public record RangeLimits(Duration connect, Duration stall, RetryLimits retry, int misbehaviours) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** 5 s to connect, 15 s without a byte, 2 minutes for a range, 2 wrong answers. */
  public static final RangeLimits DEFAULT =
      new RangeLimits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          RetryLimits.within(Duration.ofMinutes(2)),
          2);

  /**
   * @throws IllegalArgumentException when a value is out of range
   */
  public RangeLimits {
    if (!fits(connect) || !fits(stall) || misbehaviours < 0) {
      throw new IllegalArgumentException("a limit of 1 ms to 10 minutes, and a count from 0");
    }
  }

  private static boolean fits(Duration duration) {
    return duration.toMillis() >= 1 && duration.compareTo(LONGEST) <= 0;
  }
}
