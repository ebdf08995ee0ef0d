package dev.strongroom.keyservice.publish;

import dev.strongroom.core.weights.SegmentLayout;
import java.time.Duration;

/**
 * What one draft may cost.
 *
 * @param urlLifetime of a presigned PUT; 1 second to 7 days
 * @param leastPartSize bytes of a part, as long as 10,000 of them are enough for the object: a
 *     multiple of the segment size, at least the 5 MiB that S3 asks for
 * @param objects of a draft at most, 1 to 10,000 (a manifest has no more files)
 */
public record PublishLimits(Duration urlLifetime, long leastPartSize, int objects) {
  /** The tested defaults: 15 minutes, 16 MiB, 10,000 objects. */
  public static final PublishLimits DEFAULT =
      new PublishLimits(Duration.ofMinutes(15), 16L << 20, 10_000);

  /** S3's smallest part but the last. */
  static final long MIN_PART = 5L << 20;

  /** S3's largest part. */
  static final long MAX_PART = 5L << 30;

  /** S3's largest number of parts. */
  static final int MAX_PARTS = 10_000;

  public PublishLimits {
    require(
        urlLifetime.isPositive() && urlLifetime.compareTo(Duration.ofDays(7)) <= 0,
        "urlLifetime must be from 1 second to 7 days");
    require(
        leastPartSize >= MIN_PART
            && leastPartSize <= MAX_PART
            && leastPartSize % SegmentLayout.DEFAULT_SEGMENT_SIZE == 0,
        "leastPartSize must be from 5 MiB to 5 GiB and a multiple of 1 MiB");
    require(objects >= 1 && objects <= 10_000, "objects must be from 1 to 10000");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
