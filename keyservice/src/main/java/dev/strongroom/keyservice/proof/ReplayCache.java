package dev.strongroom.keyservice.proof;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Remembers the ids of proofs for as long as they could be replayed. It forgets by time alone: when
 * it is full it refuses new proofs, because pushing an old id out would let that proof be replayed.
 * Thread-safe.
 */
final class ReplayCache {
  private final Cache<String, Boolean> seen;
  private final long capacity;

  /**
   * @param keepFor how long an id could be replayed
   * @param capacity ids at most
   */
  ReplayCache(InstantSource clock, Duration keepFor, long capacity) {
    this.capacity = capacity;
    this.seen =
        Caffeine.newBuilder()
            .expireAfterWrite(keepFor)
            .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
            .executor(Runnable::run)
            .build();
  }

  /**
   * Takes an id that was not seen.
   *
   * @throws Problem {@link ProblemCode#PROOF_REPLAYED} when it was, {@link ProblemCode#OVERLOADED}
   *     when there is no room
   */
  void take(String id) {
    if (seen.estimatedSize() >= capacity) {
      seen.cleanUp();
      if (seen.estimatedSize() >= capacity) {
        throw new Problem(
            ProblemCode.OVERLOADED, "too many proofs are remembered; try again in a minute");
      }
    }
    if (seen.asMap().putIfAbsent(id, Boolean.TRUE) != null) {
      throw new Problem(
          ProblemCode.PROOF_REPLAYED, "the DPoP proof was used already; sign one per request");
    }
  }
}
