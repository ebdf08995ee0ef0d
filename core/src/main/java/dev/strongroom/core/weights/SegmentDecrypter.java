package dev.strongroom.core.weights;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;

/**
 * Opens segments of one file, in any order. For one thread; {@link FileOpener#newDecrypter()} gives
 * each thread its own. The output is private scratch: the provider writes plaintext there before it
 * has checked the tag, so it must never be memory that others read.
 *
 * <p>A segment opens only at its own place: a segment of another place, of another file, version or
 * header, a last one that is not the last of a file of the signed size, all fail. That <em>all</em>
 * segments have opened is for the caller to see to.
 */
public final class SegmentDecrypter implements AutoCloseable {
  private final SegmentLayout layout;
  private final SegmentCipher cipher;

  SegmentDecrypter(SegmentLayout layout, SegmentCipher cipher) {
    this.layout = layout;
    this.cipher = cipher;
  }

  /**
   * Decrypts one segment, array to array; nothing is allocated but what the provider allocates.
   *
   * @param segment its number, from 0
   * @param in holds ciphertext and tag at {@code inOffset}
   * @param length {@link SegmentLayout#ciphertextLength} of the segment
   * @param out takes the plaintext at {@code outOffset}; it must not overlap the ciphertext
   * @return {@link SegmentLayout#plaintextLength} of the segment
   * @throws Problem {@link ProblemCode#CIPHERTEXT_LENGTH_MISMATCH} for another length, {@link
   *     ProblemCode#CIPHERTEXT_CORRUPT} when the tag does not verify; the output range is then zero
   * @throws IllegalStateException after closing
   * @throws IllegalArgumentException when the ranges overlap
   * @throws IndexOutOfBoundsException when there is no such segment, or a range leaves its array
   */
  public int decrypt(int segment, byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    int expected = layout.ciphertextLength(segment);
    if (length != expected) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          "segment "
              + segment
              + " has "
              + expected
              + " bytes, the object gave "
              + length
              + "; it was cut, extended or replaced in storage");
    }
    int plaintextLength = length - SegmentLayout.TAG_SIZE;
    SegmentCipher.checkRanges(in, inOffset, length, out, outOffset, plaintextLength);
    boolean verified = false;
    try {
      int written = cipher.run(segment, in, inOffset, length, out, outOffset);
      verified = written == plaintextLength;
      return written;
    } catch (AEADBadTagException e) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_CORRUPT,
          "segment "
              + segment
              + " does not authenticate: the object was changed in storage or on the way,"
              + " or belongs to another file or version; publish the version again",
          e);
    } finally {
      if (!verified) {
        Arrays.fill(out, outOffset, outOffset + plaintextLength, (byte) 0);
      }
    }
  }

  /** Makes the provider drop the key. Closing twice is harmless. */
  @Override
  public void close() {
    cipher.close();
  }
}
