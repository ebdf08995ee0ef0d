package dev.strongroom.keyservice.ledger;

import java.time.Duration;

/**
 * What the ledger keeps, and how fast rows follow the log.
 *
 * @param nonceMemory how long past its expiry a used nonce is kept: the clock skew between replicas
 *     and whoever sets clocks; 1 second to 1 day
 * @param leaseMemory how long an ended lease is kept in memory, for acknowledgements and questions;
 *     1 minute to 90 days, and no more than 200,000 of them. The tables keep all
 * @param maxLive live leases at most; a holder may replace its own all the same; 1 to 10,000,000
 * @param rowQueue how many events may wait to become rows before they are read from the log again;
 *     1 to 1,000,000
 * @param rowInterval the least time between two transactions of rows; 0 to 10 seconds
 * @param rowRetry how long to wait after a transaction failed; 1 millisecond to 1 minute
 */
public record LedgerLimits(
    Duration nonceMemory,
    Duration leaseMemory,
    int maxLive,
    int rowQueue,
    Duration rowInterval,
    Duration rowRetry) {
  /** The tested defaults. */
  public static final LedgerLimits DEFAULT =
      new LedgerLimits(
          Duration.ofMinutes(2),
          Duration.ofDays(7),
          100_000,
          65_536,
          Duration.ofSeconds(1),
          Duration.ofSeconds(2));

  /**
   * How many ended leases are kept in memory at most, besides those whose wipe is awaited; of more,
   * those that ended first are unknown before {@code leaseMemory} has passed.
   */
  static final int MAX_SETTLED = 200_000;

  private static final int MAX_LIVE = 10_000_000;
  private static final int MAX_QUEUE = 1_000_000;

  public LedgerLimits {
    require("nonceMemory", nonceMemory, Duration.ofSeconds(1), Duration.ofDays(1));
    require("leaseMemory", leaseMemory, Duration.ofMinutes(1), Duration.ofDays(90));
    require("rowInterval", rowInterval, Duration.ZERO, Duration.ofSeconds(10));
    require("rowRetry", rowRetry, Duration.ofMillis(1), Duration.ofMinutes(1));
    require("maxLive", maxLive, MAX_LIVE);
    require("rowQueue", rowQueue, MAX_QUEUE);
  }

  /** The same with another number of live leases. */
  public LedgerLimits withMaxLive(int live) {
    return new LedgerLimits(nonceMemory, leaseMemory, live, rowQueue, rowInterval, rowRetry);
  }

  private static void require(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(name + " must be from 1 to " + most);
    }
  }

  private static void require(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(name + " must be from " + least + " to " + most);
    }
  }
}
