package dev.strongroom.delivery.stream;

import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;

/**
 * How a file is cut into ranges. Its last segment is read by itself and first, because only it
 * proves how long the file is; the others are read in parts of whole segments, so that one part is
 * one range of the object.
 *
 * @param layout where the segments lie
 * @param segmentsPerPart 1 or more
 */
record PartPlan(SegmentLayout layout, int segmentsPerPart) {

  static PartPlan of(SegmentLayout layout, int partBytes) {
    return new PartPlan(layout, Math.max(1, partBytes / layout.segmentSize()));
  }

  int tailSegment() {
    return layout.segmentCount() - 1;
  }

  /** The number of parts beside the tail: 0 for a file of one segment. */
  int parts() {
    return Math.ceilDiv(tailSegment(), segmentsPerPart);
  }

  int firstSegment(int part) {
    return part * segmentsPerPart;
  }

  /** The segment after the last one of the part. */
  int endSegment(int part) {
    return Math.min(firstSegment(part) + segmentsPerPart, tailSegment());
  }

  /** The bytes that the header takes at the head of this segment's range. */
  static int headerBytes(int segment) {
    return segment == 0 ? StreamHeader.BYTES : 0;
  }
}
