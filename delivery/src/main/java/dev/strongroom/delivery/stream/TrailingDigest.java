package dev.strongroom.delivery.stream;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.delivery.place.StagedFile;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;

/**
 * The SHA-256 of a file whose parts come in any order: it follows behind them, over what stands
 * without a gap from the beginning, on the worker that placed what it waited for. Other workers go
 * on meanwhile, so that a large file is hashed while the rest of it still comes in.
 */
final class TrailingDigest implements PartsPlaced {
  private static final int NOT_YET = -1;
  private static final int THROUGH = -2;

  private final ManifestFile file;
  private final PartPlan plan;
  private final StagedFile target;
  private final MessageDigest digest;
  private final BitSet placed;
  private int next;
  private boolean busy;

  TrailingDigest(ManifestFile file, PartPlan plan, StagedFile target) {
    this.file = file;
    this.plan = plan;
    this.target = target;
    this.placed = new BitSet(plan.parts());
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  @Override
  public boolean placed(int part, byte[] block) {
    if (!begin(part)) {
      return false;
    }
    int current = take();
    while (current >= 0) {
      update(plan.firstSegment(current), plan.endSegment(current), block);
      current = take();
    }
    if (current == NOT_YET) {
      return false;
    }
    update(plan.tailSegment(), plan.tailSegment() + 1, block);
    requireSigned();
    return true;
  }

  @Override
  public void allPlaced(byte[] block) {
    update(0, plan.tailSegment() + 1, block);
    requireSigned();
  }

  /** Whether this worker is to hash now: one at a time does. */
  private synchronized boolean begin(int part) {
    placed.set(part);
    boolean free = !busy;
    busy = true;
    return free;
  }

  /** The part to hash next; NOT_YET when whoever places it will go on, THROUGH after the last. */
  private synchronized int take() {
    if (next == plan.parts()) {
      return THROUGH;
    }
    if (placed.get(next)) {
      return next++;
    }
    busy = false;
    return NOT_YET;
  }

  private void update(int first, int end, byte[] block) {
    SegmentLayout layout = plan.layout();
    int last = end - 1;
    long position = layout.plaintextOffset(first);
    long stop = layout.plaintextOffset(last) + layout.plaintextLength(last);
    while (position < stop) {
      int length = (int) Math.min(block.length, stop - position);
      target.read(block, length, position);
      digest.update(block, 0, length);
      position += length;
    }
  }

  private void requireSigned() {
    if (!Sha256Digest.ofBytes(digest.digest()).equals(file.sha256())) {
      throw new Problem(
          ProblemCode.PLAINTEXT_DIGEST_MISMATCH,
          "file "
              + file.index()
              + " was sealed with the data key, but it is not what its publisher signed; whoever"
              + " held the key can have done that: keep the object, find out who wrote it, and"
              + " publish under a new version");
    }
  }
}
