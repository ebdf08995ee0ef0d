package dev.strongroom.delivery.retry;

import dev.strongroom.core.problem.Problem;
import java.time.Duration;

/** The attempts at one operation. For one thread. */
public final class Retry {
  private final RetryLimits limits;
  private final Timing timing;
  private final long start;
  private Duration next;

  public Retry(RetryLimits limits, Timing timing) {
    this.limits = limits;
    this.timing = timing;
    this.start = timing.nanoTime().getAsLong();
    this.next = limits.first();
  }

  /**
   * Waits before the next attempt, at least as long as the other side asked for.
   *
   * @param problem why the last one failed, with {@link Problem#retryAfter}
   * @throws Problem the same, when the deadline leaves no room for another attempt or the thread is
   *     interrupted (it then stays marked so)
   */
  public void pauseOrThrow(Problem problem) {
    Duration elapsed = Duration.ofNanos(timing.nanoTime().getAsLong() - start);
    Duration left = limits.deadline().minus(elapsed);
    Duration pause = problem.retryAfter().isZero() ? jittered(next) : after(problem.retryAfter());
    if (pause.compareTo(left) > 0) {
      if (problem.retryAfter().isZero() || problem.retryAfter().compareTo(left) > 0) {
        throw problem;
      }
      pause = left;
    }
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(limits.longest()) > 0 ? limits.longest() : doubled;
    try {
      timing.pause().pause(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw problem;
    }
  }

  // Half of the pause is certain, half is chance: callers that failed together come back apart.
  private Duration jittered(Duration pause) {
    long half = pause.toNanos() / 2;
    return Duration.ofNanos(half + timing.random().nextLong(half + 1));
  }

  // The other side asked all of them for the same: they come back spread over half as long again.
  private Duration after(Duration asked) {
    long spread = max(next, asked.dividedBy(2)).toNanos();
    return asked.plusNanos(timing.random().nextLong(spread + 1));
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
