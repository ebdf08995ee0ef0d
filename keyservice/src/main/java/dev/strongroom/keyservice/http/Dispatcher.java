package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Runs each request on a virtual thread of its own, so that a flow reads top to bottom and may
 * block. So many at once, so many more waiting, and no more.
 */
final class Dispatcher {
  private final ThreadFactory threads = Thread.ofVirtual().name("request-", 0).factory();
  private final AtomicInteger present = new AtomicInteger();
  private final Semaphore running;
  private final int most;
  private final Duration patience;

  Dispatcher(int concurrent, int queued, Duration patience) {
    this.running = new Semaphore(concurrent);
    this.most = concurrent + queued;
    this.patience = patience;
  }

  /**
   * Runs a task soon.
   *
   * @param wanted whether anybody still waits for it; asked when its turn comes
   * @param tooLate runs in its place when its turn does not come, or nobody waits
   * @throws Problem {@link ProblemCode#OVERLOADED} when too many wait already
   */
  void run(Runnable task, BooleanSupplier wanted, Runnable tooLate) {
    if (present.incrementAndGet() > most) {
      leave();
      throw overloaded();
    }
    threads.newThread(() -> inTurn(task, wanted, tooLate)).start();
  }

  private void inTurn(Runnable task, BooleanSupplier wanted, Runnable tooLate) {
    try {
      if (!running.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        tooLate.run();
        return;
      }
      try {
        (wanted.getAsBoolean() ? task : tooLate).run();
      } finally {
        running.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      tooLate.run();
    } finally {
      leave();
    }
  }

  private void leave() {
    if (present.decrementAndGet() == 0) {
      synchronized (threads) {
        threads.notifyAll();
      }
    }
  }

  static Problem overloaded() {
    return new Problem(
        ProblemCode.OVERLOADED, "the service has too many requests at once; try again later");
  }

  /** Requests that run or wait. */
  int present() {
    return present.get();
  }

  /** Waits until none is left; false when some still are. */
  boolean awaitNone(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (threads) {
      for (long left = atMost.toNanos(); present.get() > 0; left = end - System.nanoTime()) {
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(threads, left);
      }
    }
    return true;
  }
}
