package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** For how many requests of a kind there is place at once; nobody waits. Thread-safe. */
final class Places {
  private final Semaphore free;
  private final String kind;

  /**
   * @param places from 1
   * @param kind what they are, for people
   */
  Places(int places, String kind) {
    this.free = new Semaphore(places);
    this.kind = kind;
  }

  /**
   * Answers where there is a place.
   *
   * @throws Problem {@link ProblemCode#OVERLOADED} where there is none
   */
  <T> T within(Supplier<T> work) {
    if (!free.tryAcquire()) {
      throw new Problem(
          ProblemCode.OVERLOADED, "too many " + kind + " at once; try again when one has ended");
    }
    try {
      return work.get();
    } finally {
      free.release();
    }
  }
}
