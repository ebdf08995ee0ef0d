package dev.strongroom.keyservice.kms;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much may be tried again: a tenth of what succeeded, and a few at the start. When everything
 * fails, retries end soon and do not multiply the load of a backend in trouble.
 */
final class RetryBudget {
  private static final int RETRY = 10;
  private static final int SUCCESS = 1;
  private static final int FULL = 100 * RETRY;
  private static final int AT_START = 10 * RETRY;

  private final AtomicInteger left = new AtomicInteger(AT_START);

  /** A call succeeded. */
  void earn() {
    if (left.get() < FULL) {
      left.addAndGet(SUCCESS);
    }
  }

  /** Takes one retry; false when none is left. */
  boolean spend() {
    int before = left.get();
    while (before >= RETRY) {
      if (left.compareAndSet(before, before - RETRY)) {
        return true;
      }
      before = left.get();
    }
    return false;
  }
}
