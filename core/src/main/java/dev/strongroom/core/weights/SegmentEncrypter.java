package dev.strongroom.core.weights;

import javax.crypto.AEADBadTagException;

/**
 * Encrypts segments of one file, in any order, each once. For one thread; {@link
 * FileSealer#newEncrypter()} gives each thread its own, and all of them together refuse a second
 * encryption of a segment: two plaintexts under one nonce would give away both and the
 * authentication key.
 */
public final class SegmentEncrypter implements AutoCloseable {
  private final FileSealer file;
  private final SegmentCipher cipher;

  SegmentEncrypter(FileSealer file, SegmentCipher cipher) {
    this.file = file;
    this.cipher = cipher;
  }

  /**
   * Encrypts one segment, array to array; nothing is allocated but what the provider allocates.
   *
   * @param segment its number, from 0
   * @param in holds the plaintext at {@code inOffset}
   * @param length {@link SegmentLayout#plaintextLength} of the segment
   * @param out takes ciphertext and tag at {@code outOffset}; it must not overlap the plaintext
   * @return {@link SegmentLayout#ciphertextLength} of the segment
   * @throws IllegalStateException when this segment has been encrypted before, or after closing
   * @throws IllegalArgumentException when the length is another, or the ranges overlap
   * @throws IndexOutOfBoundsException when there is no such segment, or a range leaves its array
   */
  public int encrypt(int segment, byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    int expected = file.layout().plaintextLength(segment);
    if (length != expected) {
      throw new IllegalArgumentException(
          "segment " + segment + " has " + expected + " bytes of plaintext, not " + length);
    }
    SegmentCipher.checkRanges(
        in, inOffset, length, out, outOffset, length + SegmentLayout.TAG_SIZE);
    file.claim(segment);
    try {
      return cipher.run(segment, in, inOffset, length, out, outOffset);
    } catch (AEADBadTagException e) {
      throw new IllegalStateException("encryption has no tag to check", e);
    }
  }

  /** Makes the provider drop the key. Closing twice is harmless. */
  @Override
  public void close() {
    cipher.close();
  }
}
