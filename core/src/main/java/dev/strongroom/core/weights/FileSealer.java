package dev.strongroom.core.weights;

import dev.strongroom.core.secret.SecretBytes;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.crypto.Cipher;

/**
 * One attempt at one encrypted object: a key, a header, a layout, and a note of the segments that
 * have been encrypted. Safe for several threads. It owns the file's key; close it after its
 * encrypters.
 *
 * <p>What it cannot see is an earlier process that encrypted under the same header. A caller that
 * resumes one must compare the plaintext of each part with the digest it recorded before, and take
 * a new header when they differ ({@code docs/spec/weight-format.md}, section "Resuming").
 */
public final class FileSealer implements AutoCloseable {
  private final SecretBytes fileKey;
  private final StreamHeader header;
  private final SegmentLayout layout;
  private final AtomicLongArray claimed;

  FileSealer(SecretBytes fileKey, StreamHeader header, SegmentLayout layout) {
    this.fileKey = fileKey;
    this.header = header;
    this.layout = layout;
    this.claimed = new AtomicLongArray(Math.ceilDiv(layout.segmentCount(), Long.SIZE));
  }

  /** The header, which is the first 40 bytes of the object. */
  public StreamHeader header() {
    return header;
  }

  /** Where the segments lie. */
  public SegmentLayout layout() {
    return layout;
  }

  /** An encrypter for the calling thread. */
  public SegmentEncrypter newEncrypter() {
    return new SegmentEncrypter(
        this, new SegmentCipher(Cipher.ENCRYPT_MODE, fileKey, header, layout));
  }

  /** Notes that a segment is encrypted now, or refuses because it has been. */
  void claim(int segment) {
    long bit = 1L << segment;
    long before = claimed.getAndAccumulate(segment / Long.SIZE, bit, (bits, one) -> bits | one);
    if ((before & bit) != 0) {
      throw new IllegalStateException(
          "segment " + segment + " has been encrypted under this header; keep its ciphertext");
    }
  }

  /** Wipes the file's key. Closing twice is harmless. */
  @Override
  public void close() {
    fileKey.close();
  }
}
