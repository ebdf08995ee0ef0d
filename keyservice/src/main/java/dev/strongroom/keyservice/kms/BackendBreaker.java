package dev.strongroom.keyservice.kms;

import dev.strongroom.keyservice.config.KekLimits;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Leaves a backend alone for a while when half of its calls fail, then tries it with a few. A
 * permission belongs to the time between two changes of its mind: what becomes of a call that was
 * permitted before the last change says nothing about the backend as it is now, and counts for
 * nothing.
 */
final class BackendBreaker {
  private static final int WINDOW = 20;
  private static final int CALLS_TO_JUDGE = 10;
  private static final float FAILED_PERCENT = 50;
  private static final int CALLS_ON_TRIAL = 3;

  private final CircuitBreaker breaker;
  private final Duration restFor;
  private final LongSupplier nanos;
  private final Object lock = new Object();
  private CircuitBreaker.State state;
  private long changes;
  private long restsUntil;

  /**
   * @param nanos a clock that only goes forward, as {@link System#nanoTime}
   */
  BackendBreaker(String backend, KekLimits limits, LongSupplier nanos) {
    this.restFor = limits.restFor();
    this.nanos = nanos;
    this.restsUntil = nanos.getAsLong();
    this.breaker =
        CircuitBreaker.of(
            backend,
            CircuitBreakerConfig.custom()
                .slidingWindowSize(WINDOW)
                .minimumNumberOfCalls(CALLS_TO_JUDGE)
                .failureRateThreshold(FAILED_PERCENT)
                .permittedNumberOfCallsInHalfOpenState(CALLS_ON_TRIAL)
                .waitDurationInOpenState(restFor)
                .clock(new ForwardClock(nanos))
                .build());
    this.state = breaker.getState();
  }

  /** A permission to make one call; empty while the backend is left alone. */
  OptionalLong permission() {
    synchronized (lock) {
      // Asking may end a rest.
      boolean permitted = breaker.tryAcquirePermission();
      noteChange();
      return permitted ? OptionalLong.of(changes) : OptionalLong.empty();
    }
  }

  /** Whether nothing has changed since the permission was given. */
  boolean isCurrent(long permission) {
    synchronized (lock) {
      return permission == changes;
    }
  }

  /** The call was not made, or says nothing of the backend. */
  void giveBack(long permission) {
    synchronized (lock) {
      if (permission == changes) {
        breaker.releasePermission();
      }
    }
  }

  /** The backend has answered. */
  void answered(long permission, long lasted) {
    synchronized (lock) {
      if (permission == changes) {
        breaker.onSuccess(lasted, TimeUnit.NANOSECONDS);
        noteChange();
      }
    }
  }

  /** The backend has not answered. */
  void failed(long permission, long lasted, Throwable why) {
    synchronized (lock) {
      if (permission == changes) {
        breaker.onError(lasted, TimeUnit.NANOSECONDS, why);
        noteChange();
      }
    }
  }

  /** Whether the backend is left alone for now. */
  boolean resting() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }

  /** What is left of the rest; zero or less when it is over. */
  Duration restLeft() {
    synchronized (lock) {
      return Duration.ofNanos(restsUntil - nanos.getAsLong());
    }
  }

  // The lock is held, as it is by whatever changes the state.
  private void noteChange() {
    CircuitBreaker.State now = breaker.getState();
    if (now == state) {
      return;
    }
    state = now;
    changes++;
    if (now == CircuitBreaker.State.OPEN) {
      restsUntil = nanos.getAsLong() + restFor.toNanos();
    }
  }
}
