package dev.strongroom.keyservice.kms.pkcs11;

import java.time.Duration;

/**
 * How long is waited for a broker, and between two.
 *
 * @param answer for the answer to one request; a broker that takes longer is ended
 * @param start from the start of a broker to its token being open
 * @param firstPause after a start that failed; each further failure doubles it
 * @param longestPause between two starts
 * @param proven after which a broker that is lost is replaced without a pause
 */
record BrokerTiming(
    Duration answer, Duration start, Duration firstPause, Duration longestPause, Duration proven) {

  /**
   * @param answer the time-out of one call
   */
  static BrokerTiming of(Duration answer) {
    return new BrokerTiming(
        answer,
        Duration.ofSeconds(30),
        Duration.ofMillis(100),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10));
  }

  /** The pause before the next start, without jitter. */
  long pauseNanos(int failures) {
    return failures == 0
        ? 0
        : Math.min(longestPause.toNanos(), firstPause.toNanos() << Math.min(failures - 1, 16));
  }
}
