package dev.strongroom.delivery.source;

/**
 * A part of one object of ciphertext.
 *
 * @param file the index of the file in the manifest
 * @param offset the first byte
 * @param length the number of bytes, 1 or more
 * @param objectSize the size that the whole object must have
 */
public record ObjectRange(int file, long offset, long length, long objectSize) {
  /**
   * @throws IndexOutOfBoundsException when the range is empty or leaves the object
   */
  public ObjectRange {
    if (file < 0 || offset < 0 || length < 1 || offset > objectSize - length) {
      throw new IndexOutOfBoundsException(
          "no range of " + length + " bytes at " + offset + " in " + objectSize);
    }
  }

  /** The last byte. */
  public long last() {
    return offset + length - 1;
  }
}
