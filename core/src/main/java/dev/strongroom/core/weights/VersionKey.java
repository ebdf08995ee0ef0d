package dev.strongroom.core.weights;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.security.MessageDigest;

/**
 * Everything that is derived from the data key of one version. Safe for several threads.
 *
 * <p>The data key itself encrypts nothing. HKDF-SHA256 makes of it, under distinct labels, the
 * keying material of the streams and the commitments; the first goes through Tink's own derivation
 * with the salt of a header and the digest of a context. Normative text: {@code
 * docs/spec/weight-format.md}, section "Keys".
 */
public final class VersionKey implements AutoCloseable {
  /** The size of a data key in bytes. */
  public static final int BYTES = 32;

  private static final String STREAM = "strongroom/v1/stream";
  private static final String COMMITMENT = "strongroom/v1/commitment";

  private final SecretBytes dataKey;
  private final SecretBytes streamKey;

  private VersionKey(SecretBytes dataKey, SecretBytes streamKey) {
    this.dataKey = dataKey;
    this.streamKey = streamKey;
  }

  /**
   * Derives from a data key. The given secret stays the caller's and may be closed at once.
   *
   * @throws Problem {@link ProblemCode#SEALED_KEY_INVALID} when it has not 32 bytes
   */
  public static VersionKey of(SecretBytes dataKey) {
    if (dataKey.size() != BYTES) {
      throw new Problem(
          ProblemCode.SEALED_KEY_INVALID,
          "a data key has " + BYTES + " bytes; ask for a new grant");
    }
    SecretBytes own = dataKey.copy();
    return new VersionKey(own, Hkdf.derive(own, CanonicalEncoding.of(STREAM).bytes()));
  }

  /** The commitment of a file, as it stands in the manifest. */
  public FileCommitment commitment(KeyContext context) {
    byte[] info = CanonicalEncoding.of(COMMITMENT).raw(context.digest()).bytes();
    try (SecretBytes commitment = Hkdf.derive(dataKey, info)) {
      return commitment.use(FileCommitment::ofBytes);
    }
  }

  /**
   * Begins an attempt at a file's object.
   *
   * @param header fresh ({@link StreamHeader#random}), or that of an attempt that is resumed under
   *     the rules of the specification
   * @param segmentSize bytes of a ciphertext segment
   * @throws Problem what {@link SegmentLayout} throws
   */
  public FileSealer sealer(KeyContext context, StreamHeader header, int segmentSize) {
    SegmentLayout layout = new SegmentLayout(context.plaintextSize(), segmentSize);
    return new FileSealer(fileKey(context, header), header, layout);
  }

  /**
   * Begins to open a file's object. The commitment is checked here, so that no plaintext comes out
   * under a key that the publisher has not committed to.
   *
   * @param expected the commitment in the signed manifest
   * @param header the first 40 bytes of the object
   * @param segmentSize bytes of a ciphertext segment, of the signed manifest
   * @throws Problem {@link ProblemCode#KEY_COMMITMENT_MISMATCH} when the data key is not the one of
   *     this version or the context is another; what {@link SegmentLayout} throws
   */
  public FileOpener opener(
      KeyContext context, FileCommitment expected, StreamHeader header, int segmentSize) {
    if (!MessageDigest.isEqual(commitment(context).bytes(), expected.bytes())) {
      throw new Problem(
          ProblemCode.KEY_COMMITMENT_MISMATCH,
          "the data key is not the one that the manifest commits to; nothing was decrypted");
    }
    SegmentLayout layout = new SegmentLayout(context.plaintextSize(), segmentSize);
    return new FileOpener(fileKey(context, header), header, layout);
  }

  // Tink, AesGcmHkdfStreaming: HKDF over the keying material, salt of the header, info = aad.
  private SecretBytes fileKey(KeyContext context, StreamHeader header) {
    return Hkdf.derive(streamKey, header.salt(), context.digest());
  }

  /** Wipes the keys. Closing twice is harmless. */
  @Override
  public void close() {
    dataKey.close();
    streamKey.close();
  }
}
