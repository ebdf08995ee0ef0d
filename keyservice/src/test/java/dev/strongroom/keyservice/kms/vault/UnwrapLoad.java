package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Callers that unwrap one key over and over, and count what becomes of it. */
final class UnwrapLoad implements AutoCloseable {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final List<Thread> callers = new ArrayList<>();
  private final Map<ProblemCode, String> refusals = new EnumMap<>(ProblemCode.class);
  private final List<Throwable> others = new ArrayList<>();
  private boolean ended;
  private long successes;
  private long failures;

  UnwrapLoad(
      int threads, KeyWrapper wrapper, WrappedKey wrapped, WrapContext context, SecretBytes key) {
    for (int i = 0; i < threads; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                while (!isEnded()) {
                  call(wrapper, wrapped, context, key);
                }
              }));
    }
  }

  private void call(KeyWrapper wrapper, WrappedKey wrapped, WrapContext context, SecretBytes key) {
    try (SecretBytes again = wrapper.unwrap(wrapped, context)) {
      boolean same = key.use(again::sameAs);
      count(same ? null : new AssertionError("another key came back"));
    } catch (Throwable e) {
      count(e);
    }
  }

  private synchronized void count(@Nullable Throwable failure) {
    if (failure == null) {
      successes++;
    } else if (failure instanceof Problem problem) {
      failures++;
      refusals.put(problem.code(), String.valueOf(problem.getMessage()));
    } else {
      others.add(failure);
    }
    notifyAll();
  }

  private synchronized boolean isEnded() {
    return ended;
  }

  /** Waits until so many more have succeeded, the first of them begun after this call. */
  synchronized void awaitSuccesses(int count) {
    // As many as there are callers may be under way now.
    long wanted = successes + callers.size() + count;
    await("successes", () -> successes >= wanted);
  }

  /** Waits until so many more have failed. */
  synchronized void awaitFailures(int count) {
    long wanted = failures + count;
    await("failures", () -> failures >= wanted);
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE;
    try {
      while (!condition.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("no more " + what + "; refusals so far: " + refusals + others);
        }
        wait(Math.max(1, left / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Each code that was thrown, with one of its messages; what is no {@link Problem} fails here. */
  synchronized Map<ProblemCode, String> refusals() {
    if (!others.isEmpty()) {
      throw new AssertionError("something else than a problem was thrown", others.getFirst());
    }
    return refusals.isEmpty() ? Map.of() : new EnumMap<>(refusals);
  }

  @Override
  public void close() {
    synchronized (this) {
      ended = true;
    }
    for (Thread caller : callers) {
      try {
        caller.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
