package dev.strongroom.keyservice.kms;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Timers for the deadlines of calls that nearly always end before them. */
public final class CallTimer {
  private static final Duration TICK = Duration.ofMillis(100);

  private CallTimer() {}

  /**
   * Starts one, which forgets what is cancelled. The caller shuts it down.
   *
   * @param name of its one thread
   */
  public static ScheduledExecutorService start(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name(name).daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    // A task that comes first in the queue wakes the thread, and a deadline always would where
    // calls come one after the other. Behind this one it does not: that wake costs as much as
    // reading the answer.
    var _ = timer.scheduleAtFixedRate(() -> {}, 0, TICK.toNanos(), TimeUnit.NANOSECONDS);
    return timer;
  }
}
