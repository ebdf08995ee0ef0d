package dev.strongroom.delivery.place;

/**
 * How much was wiped.
 *
 * @param files the number of files overwritten, truncated and unlinked
 * @param bytes of them
 */
public record WipeExtent(long files, long bytes) {
  public static final WipeExtent NOTHING = new WipeExtent(0, 0);

  WipeExtent plus(long moreBytes) {
    return new WipeExtent(files + 1, bytes + moreBytes);
  }

  /** Both together. */
  public WipeExtent plus(WipeExtent other) {
    return new WipeExtent(files + other.files, bytes + other.bytes);
  }
}
