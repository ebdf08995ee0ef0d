package dev.strongroom.keyservice.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;

/**
 * How an object is cut into parts.
 *
 * @param partSize bytes of each part but the last: a multiple of the segment size, so that a part
 *     holds whole segments and can be sealed and resumed by itself
 * @param partCount 1 to 10,000
 */
record PartLayout(long partSize, int partCount) {

  /**
   * The smallest parts, not below {@code least}, of which 10,000 are enough.
   *
   * @throws Problem {@link ProblemCode#TOO_LARGE}
   */
  static PartLayout of(long size, long least) {
    long segment = SegmentLayout.DEFAULT_SEGMENT_SIZE;
    long needed = Math.ceilDiv(Math.ceilDiv(size, PublishLimits.MAX_PARTS), segment) * segment;
    long partSize = Math.max(least, needed);
    if (partSize > PublishLimits.MAX_PART) {
      throw new Problem(
          ProblemCode.TOO_LARGE, "an object has at most 10000 parts of 5 GiB; split the file");
    }
    return new PartLayout(partSize, Math.toIntExact(Math.ceilDiv(size, partSize)));
  }
}
