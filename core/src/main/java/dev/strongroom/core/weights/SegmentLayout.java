package dev.strongroom.core.weights;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * Where the segments of a file lie, in plaintext and in ciphertext. All numbers are bytes. With S
 * the segment size, each segment has 16 bytes of tag; the first also gives up 40 bytes to the
 * stream's header, so that it holds S-56 bytes of plaintext and each later one S-16. The last may
 * be shorter. An empty file has one segment.
 *
 * @param plaintextSize 0 to {@link #MAX_SEGMENTS} segments
 * @param segmentSize S: a power of two, {@value #MIN_SEGMENT_SIZE} to {@value #MAX_SEGMENT_SIZE}
 */
public record SegmentLayout(long plaintextSize, int segmentSize) {
  /** The segment size of Tink's AES256_GCM_HKDF_1MB, and the usual one here. */
  public static final int DEFAULT_SEGMENT_SIZE = 1 << 20;

  /** The segment size of Tink's AES256_GCM_HKDF_4KB, the smallest. */
  public static final int MIN_SEGMENT_SIZE = 1 << 12;

  /** The largest segment size: a reader holds two segments per thread. */
  public static final int MAX_SEGMENT_SIZE = 1 << 23;

  /** The most segments of a file: 64 TiB at the usual size, far inside the format's 2^32. */
  public static final int MAX_SEGMENTS = 1 << 26;

  /** The tag of a segment (AES-GCM, 128 bits). */
  public static final int TAG_SIZE = 16;

  /**
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another segment size, {@link
   *     ProblemCode#TOO_LARGE} for a negative size or one of too many segments
   */
  public SegmentLayout {
    if (segmentSize < MIN_SEGMENT_SIZE
        || segmentSize > MAX_SEGMENT_SIZE
        || Integer.bitCount(segmentSize) != 1) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "a segment size is a power of two between "
              + MIN_SEGMENT_SIZE
              + " and "
              + MAX_SEGMENT_SIZE);
    }
    if (plaintextSize < 0
        || plaintextSize > (long) MAX_SEGMENTS * (segmentSize - TAG_SIZE) - StreamHeader.BYTES) {
      throw new Problem(
          ProblemCode.TOO_LARGE,
          "a file has 0 bytes to " + MAX_SEGMENTS + " segments; use a larger segment size");
    }
  }

  /** The number of segments: 1 to {@link #MAX_SEGMENTS}. */
  public int segmentCount() {
    long perSegment = (long) segmentSize - TAG_SIZE;
    long covered = Math.addExact(plaintextSize, StreamHeader.BYTES);
    return Math.toIntExact(Math.max(1, Math.ceilDiv(covered, perSegment)));
  }

  /** The size of the whole object: header, segments and tags. */
  public long ciphertextSize() {
    long tags = Math.multiplyExact((long) segmentCount(), (long) TAG_SIZE);
    return Math.addExact(Math.addExact(plaintextSize, StreamHeader.BYTES), tags);
  }

  /** Whether this is the last segment, which is encrypted as such. */
  public boolean isLast(int segment) {
    return check(segment) == segmentCount() - 1;
  }

  /** Where the segment begins in the object: 40 for the first, a multiple of S for the others. */
  public long ciphertextOffset(int segment) {
    return check(segment) == 0 ? StreamHeader.BYTES : (long) segment * segmentSize;
  }

  /** The bytes of the segment with its tag, the header not counted: 16 to S. */
  public int ciphertextLength(int segment) {
    return plaintextLength(segment) + TAG_SIZE;
  }

  /** Where the segment's bytes begin in the file. */
  public long plaintextOffset(int segment) {
    return check(segment) == 0 ? 0 : (long) segment * (segmentSize - TAG_SIZE) - StreamHeader.BYTES;
  }

  /** The bytes of the file in this segment: 0 to S-16. */
  public int plaintextLength(int segment) {
    long begin = plaintextOffset(segment);
    long end = isLast(segment) ? plaintextSize : plaintextOffset(segment + 1);
    return Math.toIntExact(end - begin);
  }

  /** The segment that holds this byte of the file; the last for {@code plaintextSize} itself. */
  public int segmentAt(long plaintextOffset) {
    if (plaintextOffset < 0 || plaintextOffset > plaintextSize) {
      throw new IndexOutOfBoundsException("no byte " + plaintextOffset + " in this file");
    }
    long index = (plaintextOffset + StreamHeader.BYTES) / (segmentSize - TAG_SIZE);
    return Math.toIntExact(Math.min(index, segmentCount() - 1L));
  }

  private int check(int segment) {
    if (segment < 0 || segment >= segmentCount()) {
      throw new IndexOutOfBoundsException(
          "no segment " + segment + " among " + segmentCount() + " of this file");
    }
    return segment;
  }
}
