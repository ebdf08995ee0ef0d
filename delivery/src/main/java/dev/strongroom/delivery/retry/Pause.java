package dev.strongroom.delivery.retry;

import java.time.Duration;

/** Waits. Passed in, so that tests need not. */
@FunctionalInterface
public interface Pause {
  /**
   * Waits for this long.
   *
   * @throws InterruptedException when the thread is interrupted
   */
  void pause(Duration duration) throws InterruptedException;

  /** Sleeps on the calling thread. */
  static Pause sleeping() {
    return Thread::sleep;
  }
}
