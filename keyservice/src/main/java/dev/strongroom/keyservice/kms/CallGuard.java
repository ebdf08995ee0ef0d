package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekLimits;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
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
  private static final int WINDOW = 20;
  private static final int CALLS_TO_JUDGE = 10;
  private static final float FAILED_PERCENT = 50;
  private static final int CALLS_ON_TRIAL = 3;

  private final String backend;
  private final KekLimits limits;
  private final Semaphore places;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong retries = new AtomicLong();
  private final RetryBudget budget = new RetryBudget();
  private final CircuitBreaker breaker;
  private volatile long restsUntil;
  private final RandomGenerator random;
  private final LongSupplier nanos;
  private final Pause pause;

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
    this.breaker =
        CircuitBreaker.of(
            backend,
            CircuitBreakerConfig.custom()
                .slidingWindowSize(WINDOW)
                .minimumNumberOfCalls(CALLS_TO_JUDGE)
                .failureRateThreshold(FAILED_PERCENT)
                .permittedNumberOfCallsInHalfOpenState(CALLS_ON_TRIAL)
                .waitDurationInOpenState(limits.restFor())
                .clock(new ForwardClock(nanos))
                .build());
    this.restsUntil = nanos.getAsLong();
  }

  /** Makes a call that may be made twice. */
  <T> T repeatable(Supplier<T> call) {
    long deadline = deadline();
    for (int attempt = 1; ; attempt++) {
      enter(deadline);
      Problem failure;
      try {
        return judged(call);
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
    enter(deadline());
    try {
      return judged(call);
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
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }

  private long deadline() {
    return nanos.getAsLong() + limits.callTimeout().toNanos();
  }

  // Asked before and not after waiting: nobody waits for a backend that is left alone.
  private void enter(long deadline) {
    if (!breaker.tryAcquirePermission()) {
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "the key backend '"
              + backend
              + "' failed too often and is left alone for a moment; it is tried again then",
          null,
          Duration.ofNanos(restsUntil - nanos.getAsLong()));
    }
    try {
      takePlace(deadline);
    } catch (Problem e) {
      breaker.releasePermission();
      throw e;
    }
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

  private <T> T judged(Supplier<T> call) {
    long began = nanos.getAsLong();
    try {
      T answer = call.get();
      answered(began);
      budget.earn();
      return answer;
    } catch (Problem e) {
      if (e.code() == ProblemCode.KEY_BACKEND_UNAVAILABLE) {
        failed(began, e);
      } else {
        // A refusal is an answer: the backend is there.
        answered(began);
      }
      throw e;
    } catch (RuntimeException | Error e) {
      breaker.releasePermission();
      throw e;
    }
  }

  private void answered(long began) {
    breaker.onSuccess(nanos.getAsLong() - began, TimeUnit.NANOSECONDS);
  }

  private void failed(long began, Problem e) {
    boolean rested = resting();
    breaker.onError(nanos.getAsLong() - began, TimeUnit.NANOSECONDS, e);
    if (!rested && resting()) {
      restsUntil = nanos.getAsLong() + limits.restFor().toNanos();
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
