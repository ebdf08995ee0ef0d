package dev.strongroom.delivery.stream;

import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.Problem;
import java.util.concurrent.atomic.AtomicInteger;

/** Which parts of a file have been placed, told by whichever worker placed them. */
interface PartsPlaced {
  /**
   * A part has been placed; the last segment was before the first part.
   *
   * @param block an array of at least one segment that may be used meanwhile
   * @return true once: for the call after which every part is placed, and verified
   * @throws Problem {@code plaintext-digest-mismatch}
   */
  boolean placed(int part, byte[] block);

  /**
   * All of a file of one segment has been placed.
   *
   * @throws Problem as {@link #placed}
   */
  void allPlaced(byte[] block);

  static PartsPlaced of(
      Verification verification,
      ManifestFile file,
      PartPlan plan,
      dev.strongroom.delivery.place.StagedFile target) {
    return switch (verification) {
      case DIGEST -> new TrailingDigest(file, plan, target);
      case TAGS -> new Count(plan.parts());
    };
  }

  /** Counts them. */
  final class Count implements PartsPlaced {
    private final AtomicInteger left;

    private Count(int parts) {
      this.left = new AtomicInteger(parts);
    }

    @Override
    public boolean placed(int part, byte[] block) {
      return left.decrementAndGet() == 0;
    }

    @Override
    public void allPlaced(byte[] block) {
      // Its only tag has been verified.
    }
  }
}
