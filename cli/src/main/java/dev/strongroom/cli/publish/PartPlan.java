package dev.strongroom.cli.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;

/**
 * How an object is cut into parts: each but the last has {@code partSize} bytes of ciphertext, a
 * whole number of segments, so that each part is encrypted from one range of the file.
 *
 * @param layout where the segments lie
 * @param partSize bytes of ciphertext, a multiple of the segment size
 */
record PartPlan(SegmentLayout layout, long partSize) {
  /** The largest part: it has to fit one buffer. */
  static final long MAX_PART_SIZE = 1L << 30;

  /**
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} when the service chose a part size
   *     that is not a whole number of segments, or too large
   */
  PartPlan {
    if (partSize <= 0 || partSize > MAX_PART_SIZE || partSize % layout.segmentSize() != 0) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "the service chose parts of "
              + partSize
              + " bytes, which is no whole number of segments up to "
              + MAX_PART_SIZE
              + " bytes; use a matching release of the service");
    }
  }

  int partCount() {
    return Math.toIntExact(Math.ceilDiv(layout.ciphertextSize(), partSize));
  }

  /**
   * @param number from 1
   */
  Part part(int number) {
    int perPart = Math.toIntExact(partSize / layout.segmentSize());
    int first = (number - 1) * perPart;
    int end = Math.min(first + perPart, layout.segmentCount());
    long plaintextOffset = layout.plaintextOffset(first);
    long plaintextEnd =
        end == layout.segmentCount() ? layout.plaintextSize() : layout.plaintextOffset(end);
    long offset = (number - 1) * partSize;
    long length = Math.min(partSize, layout.ciphertextSize() - offset);
    return new Part(
        number,
        first,
        end - first,
        plaintextOffset,
        Math.toIntExact(plaintextEnd - plaintextOffset),
        Math.toIntExact(length));
  }

  /**
   * One part.
   *
   * @param number from 1
   * @param firstSegment its first segment
   * @param segments how many
   * @param plaintextOffset where its bytes begin in the file
   * @param plaintextLength how many bytes of the file
   * @param ciphertextLength how many bytes of the object; the first part has the header too
   */
  record Part(
      int number,
      int firstSegment,
      int segments,
      long plaintextOffset,
      int plaintextLength,
      int ciphertextLength) {}
}
