package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many calls of the token are made at once: the fewer, the quicker it answers. A token on this
 * machine computes on the cores that the callers wait with, and its calls stand in one another's
 * way; one across a network wants many under way. Thread-safe.
 */
final class Pace {
  /** A token that takes this long for a call takes another call at once. */
  static final long ANOTHER_NANOS = 150_000;

  /** One call counts so much that a few in a row are followed. */
  private static final int WEIGHT = 16;

  private static final long LONGEST_NANOS = 10_000_000;

  private final AtomicInteger under = new AtomicInteger();
  private volatile long usual;

  /**
   * Whether so many calls are under way, with the one that is about to begin, as do good.
   *
   * @return false when another should be taken on beside it
   */
  boolean suffices() {
    return under.get() + 1 >= 1 + usual / ANOTHER_NANOS;
  }

  /** A call begins; ends with {@link #end}. */
  long begin() {
    under.incrementAndGet();
    return System.nanoTime();
  }

  /**
   * A call has ended.
   *
   * @param began what {@link #begin} gave
   */
  void end(long began) {
    under.decrementAndGet();
    learn(System.nanoTime() - began);
  }

  // Of two threads at once one may be forgotten: it is an estimate.
  void learn(long nanos) {
    long before = usual;
    usual = before + (Math.min(nanos, LONGEST_NANOS) - before) / WEIGHT;
  }
}
