package dev.strongroom.keyservice.ledger;

import java.time.Duration;

/**
 * What the ledger keeps, and how fast rows follow the log.
 *
 * @param nonceMemory how long past its expiry a used nonce is kept: the clock skew between replicas
 *     and whoever sets clocks; 1 second to 1 day
 * @param leaseMemory how long an ended lease is kept in memory, for acknowledgements and questions;
 *     1 minute to 90 days, and no more than 200,000 of them. The tables keep all
 * @param live live leases at most; a holder may replace its own all the same
 * @param rowQueue how many events may wait to become rows before they are read from the log again;
 *     1 to 1,000,000
 * @param rowInterval the least time between two transactions of rows; 0 to 10 seconds
 * @param rowRetry how long to wait after a transaction failed; 1 millisecond to 1 minute
 */
public record LedgerLimits(
    Duration nonceMemory,
    Duration leaseMemory,
    Live live,
    int rowQueue,
    Duration rowInterval,
    Duration rowRetry) {
  /** The tested defaults. */
  public static final LedgerLimits DEFAULT =
      new LedgerLimits(
          Duration.ofMinutes(2),
          Duration.ofDays(7),
          Live.DEFAULT,
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
    require("rowQueue", rowQueue, MAX_QUEUE);
  }

  /**
   * How many leases live at once, each 1 to 10,000,000; those that a newer one of the same holder
   * replaces are not counted.
   *
   * @param all together
   * @param perSubject of one {@code issuer|subject}
   * @param perSubjectAndVersion of one subject for one version
   */
  public record Live(int all, int perSubject, int perSubjectAndVersion) {
    /** The tested defaults: no subject takes more than half. */
    public static final Live DEFAULT = new Live(100_000, 50_000, 20_000);

    public Live {
      require("all", all, MAX_LIVE);
      require("perSubject", perSubject, MAX_LIVE);
      require("perSubjectAndVersion", perSubjectAndVersion, MAX_LIVE);
    }
  }

  /** The same with other numbers of live leases. */
  public LedgerLimits withLive(Live other) {
    return new LedgerLimits(nonceMemory, leaseMemory, other, rowQueue, rowInterval, rowRetry);
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
