package dev.strongroom.delivery.client;

import dev.strongroom.delivery.retry.RetryLimits;
import java.time.Duration;

/**
 * How patient a caller of the key service is.
 *
 * @param connect to open a connection
 * @param answer from sending a request to the head of its answer
 * @param retry for one request with all its attempts
 * @param maxBytes the largest answer
 */
public record ClientLimits(Duration connect, Duration answer, RetryLimits retry, int maxBytes) {
  /** 5 s to connect, 15 s for an answer, 30 s with all attempts, 40 MiB. */
  public static final ClientLimits DEFAULT =
      new ClientLimits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          RetryLimits.within(Duration.ofSeconds(30)),
          40 << 20);

  /** The same with another time for all attempts. */
  public ClientLimits within(Duration deadline) {
    return new ClientLimits(connect, answer, RetryLimits.within(deadline), maxBytes);
  }
}
