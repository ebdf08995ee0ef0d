package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When a call must have ended, whatever it turns out to need: a login, a look at the key, a second
 * attempt.
 *
 * @param nanos as {@link System#nanoTime} counts
 */
record Deadline(long nanos) {

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /**
   * What is left.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when nothing is
   */
  Duration left() {
    long left = nanos - System.nanoTime();
    if (left <= 0) {
      throw late();
    }
    return Duration.ofNanos(left);
  }

  /**
   * Takes the lock.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when it is not to be had in time
   */
  void lock(ReentrantLock lock) {
    try {
      if (!lock.tryLock(left().toNanos(), TimeUnit.NANOSECONDS)) {
        throw late();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE, "Vault was not asked: the service is stopping");
    }
  }

  private static Problem late() {
    return new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "Vault does not answer in time");
  }
}
