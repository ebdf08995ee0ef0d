package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.weights.SegmentLayout;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * SHA-256 of the plaintext of each segment of a file: 32 bytes for a MiB. Written once for each
 * segment, by any thread, before it is read.
 */
final class SegmentDigests {
  private static final int BYTES = 32;

  private final SegmentLayout layout;
  private final byte[] digests;

  SegmentDigests(SegmentLayout layout) {
    this.layout = layout;
    this.digests = new byte[Math.multiplyExact(layout.segmentCount(), BYTES)];
  }

  SegmentLayout layout() {
    return layout;
  }

  /** Notes the digests of segments whose plaintext lies in the buffer, one after the other. */
  void put(int firstSegment, int count, byte[] buffer) {
    MessageDigest sha256 = sha256();
    int offset = 0;
    try {
      for (int segment = firstSegment; segment < firstSegment + count; segment++) {
        int length = layout.plaintextLength(segment);
        sha256.update(buffer, offset, length);
        sha256.digest(digests, segment * BYTES, BYTES);
        offset += length;
      }
    } catch (DigestException e) {
      throw new IllegalStateException("a digest of SHA-256 fits 32 bytes", e);
    }
  }

  /** Whether a segment's plaintext is what it was. */
  boolean matches(int segment, byte[] buffer, int offset, MessageDigest sha256) {
    sha256.update(buffer, offset, layout.plaintextLength(segment));
    byte[] found = sha256.digest();
    return Arrays.equals(found, 0, BYTES, digests, segment * BYTES, (segment + 1) * BYTES);
  }

  /**
   * SHA-256 of the digests of these segments, one after the other: it stands for their plaintext,
   * which is thereby not hashed once more.
   */
  Sha256Digest digestOf(int firstSegment, int count) {
    MessageDigest sha256 = sha256();
    sha256.update(digests, firstSegment * BYTES, count * BYTES);
    return Sha256Digest.ofBytes(sha256.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
