package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekLimits;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * How calls of a remote key backend are made: so many at once, so many waiting, again only where
 * that may help and the budget allows it, and none for a while when half of them fail.
 *
 * <p>A call ends within {@link KekLimits#callTimeout} and one {@link KekLimits#attemptTimeout}, as
 * long as each attempt keeps to the latter.
 */
final class CallGuard {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final String backend;
  private final KekLimits limits;
  private final Semaphore places;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong retries = new AtomicLong();
  private final RetryBudget budget = new RetryBudget();
  private final BackendBreaker breaker;
  private final RandomGenerator random;
  private final LongSupplier nanos;
  private final Pause pause;

  /** Why the backend did not answer when it last did not. */
  private volatile String lastFault = "";

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void lasting(Duration duration) throws InterruptedException;
  }

  /**
   * @param nanos a clock that only goes forward, as {@link System#nanoTime}
   */
  CallGuard(
      String backend, KekLimits limits, RandomGenerator random, LongSupplier nanos, Pause pause) {
    this.backend = backend;
    this.limits = limits;
    this.places = new Semaphore(limits.concurrentCalls());
    this.random = random;
    this.nanos = nanos;
    this.pause = pause;
    this.breaker = new BackendBreaker(backend, limits, nanos);
  }

  /** Makes a call that may be made twice. */
  <T> T repeatable(Supplier<T> call) {
    long deadline = deadline();
    for (int attempt = 1; ; attempt++) {
      long permission = enter(deadline);
      Problem failure;
      try {
        return judged(call, permission);
      } catch (Problem e) {
        failure = e;
      } finally {
        places.release();
      }
      if (!mayHelpAgain(failure) || attempt >= limits.attempts() || !budget.spend()) {
        throw failure;
      }
      pauseAfter(attempt, deadline, failure);
      retries.incrementAndGet();
    }
  }

  /** Makes a call that must not be made twice. */
  <T> T once(Supplier<T> call) {
    long permission = enter(deadline());
    try {
      return judged(call, permission);
    } finally {
      places.release();
    }
  }

  /** Calls that wait for their turn. */
  int waiting() {
    return Math.max(0, waiting.get());
  }

  /** Attempts made again since the start. */
  long retries() {
    return retries.get();
  }

  /** Whether the backend is left alone for now. */
  boolean resting() {
    return breaker.resting();
  }

  private long deadline() {
    return nanos.getAsLong() + limits.callTimeout().toNanos();
  }

  // Asked before waiting, so that nobody waits for a backend that is left alone, and again after it
  // when something has changed meanwhile, so that nobody calls one.
  private long enter(long deadline) {
    long permission = permission();
    try {
      takePlace(deadline);
    } catch (Problem e) {
      breaker.giveBack(permission);
      throw e;
    }
    if (breaker.isCurrent(permission)) {
      return permission;
    }
    try {
      return permission();
    } catch (Problem e) {
      places.release();
      throw e;
    }
  }

  private long permission() {
    OptionalLong permission = breaker.permission();
    if (permission.isEmpty()) {
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "the key backend '"
              + backend
              + "' failed too often and is left alone for a moment; it is tried again then; last: "
              + lastFault,
          null,
          breaker.restLeft());
    }
    return permission.getAsLong();
  }

  private void takePlace(long deadline) {
    if (places.tryAcquire()) {
      return;
    }
    if (waiting.incrementAndGet() > limits.queuedCalls()) {
      waiting.decrementAndGet();
      throw unavailable("is behind: " + limits.queuedCalls() + " calls wait for it already");
    }
    try {
      if (!places.tryAcquire(deadline - nanos.getAsLong(), TimeUnit.NANOSECONDS)) {
        throw unavailable("is behind: a call waited for its turn for too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("was not asked: the service is stopping");
    } finally {
      waiting.decrementAndGet();
    }
  }

  private <T> T judged(Supplier<T> call, long permission) {
    long began = nanos.getAsLong();
    try {
      T answer = call.get();
      breaker.answered(permission, nanos.getAsLong() - began);
      budget.earn();
      return answer;
    } catch (Problem e) {
      long lasted = nanos.getAsLong() - began;
      if (e.code() == ProblemCode.KEY_BACKEND_UNAVAILABLE) {
        // Before it counts: whoever meets the rest that it begins is told.
        lastFault = String.valueOf(e.getMessage());
        breaker.failed(permission, lasted, e);
      } else {
        // A refusal is an answer: the backend is there.
        breaker.answered(permission, lasted);
      }
      throw e;
    } catch (RuntimeException | Error e) {
      breaker.giveBack(permission);
      throw e;
    }
  }

  private static boolean mayHelpAgain(Problem failure) {
    return failure.code() == ProblemCode.KEY_BACKEND_UNAVAILABLE
        || failure.code() == ProblemCode.KEY_BACKEND_THROTTLED;
  }

  /**
   * Exponential with full jitter, on top of what the backend asks for; not at all when there would
   * be no time left after it.
   */
  private void pauseAfter(int attempt, long deadline, Problem failure) {
    long longest =
        Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(attempt - 1, 10));
    long length = failure.retryAfter().toNanos() + random.nextLong(longest) + 1;
    if (nanos.getAsLong() + length - deadline >= 0) {
      throw failure;
    }
    try {
      pause.lasting(Duration.ofNanos(length));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  private Problem unavailable(String why) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend '" + backend + "' " + why);
  }
}
