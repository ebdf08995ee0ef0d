package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps a KEK from being destroyed while a wrapping under it is on its way into the store, where
 * nobody counts it yet. Who wraps what is to be kept passes from before the wrapping until its row
 * is committed, many at once; who destroys passes alone, from counting the rows until the KEK is
 * gone. In the order of coming, and nobody waits without end.
 */
public final class WrappingGate {
  /** Longer than it takes to destroy a KEK: each of its calls ends in seconds. */
  private static final Duration WRAPPING_WAITS = Duration.ofSeconds(60);

  /** Short, as those who want to wrap wait behind it. */
  private static final Duration DESTROYING_WAITS = Duration.ofSeconds(5);

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
  private final Duration wrappingWaits;
  private final Duration destroyingWaits;

  public WrappingGate() {
    this(WRAPPING_WAITS, DESTROYING_WAITS);
  }

  /** With other limits: of who wraps, and of who destroys. */
  public WrappingGate(Duration wrappingWaits, Duration destroyingWaits) {
    this.wrappingWaits = wrappingWaits;
    this.destroyingWaits = destroyingWaits;
  }

  /** Being inside; closed by the thread that passed. */
  @FunctionalInterface
  public interface Passage extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Passes to wrap; leaves when what was wrapped is committed, or given up.
   *
   * @throws Problem {@link ProblemCode#OVERLOADED} when a KEK is being destroyed for too long;
   *     {@link ProblemCode#SHUTTING_DOWN} on interruption, which stays set
   */
  public Passage wrapping() {
    return pass(
        lock.readLock(),
        wrappingWaits,
        ProblemCode.OVERLOADED,
        "a KEK is being erased, which takes long; try again");
  }

  /**
   * Passes to destroy.
   *
   * @throws Problem {@link ProblemCode#KEK_IN_USE} while wrappings are on their way; {@link
   *     ProblemCode#SHUTTING_DOWN} on interruption, which stays set
   */
  public Passage destroying() {
    return pass(
        lock.writeLock(),
        destroyingWaits,
        ProblemCode.KEK_IN_USE,
        "data keys are being wrapped and are not in the store yet: try again when no move and no"
            + " publication is under way");
  }

  private static Passage pass(Lock side, Duration waits, ProblemCode code, String why) {
    try {
      if (!side.tryLock(waits.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Problem(code, why);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "the service is stopping", e);
    }
    return side::unlock;
  }
}
