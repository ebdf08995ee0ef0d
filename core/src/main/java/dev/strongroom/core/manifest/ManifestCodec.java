package dev.strongroom.core.manifest;

import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * A manifest as bytes and back. There is one spelling (RFC 8785), and no other is read, so that
 * equal manifests have equal digests.
 */
public final class ManifestCodec {
  /** The most bytes of a manifest. */
  public static final int MAX_BYTES = 16 << 20;

  /** The most bytes of the DSSE envelope of a manifest, in JSON. */
  public static final int MAX_ENVELOPE_BYTES = DsseEnvelope.maxBytes(MAX_BYTES);

  private ManifestCodec() {}

  /**
   * The canonical bytes.
   *
   * @throws Problem {@link ProblemCode#TOO_LARGE} above {@link #MAX_BYTES}
   */
  public static byte[] write(Manifest manifest) {
    byte[] bytes = CanonicalJson.writeRecord(manifest);
    if (bytes.length > MAX_BYTES) {
      throw new Problem(
          ProblemCode.TOO_LARGE,
          "the manifest is larger than 16 MiB; publish fewer files or shorter paths");
    }
    return bytes;
  }

  /**
   * Reads canonical bytes. Call it with bytes whose signature has been verified.
   *
   * @throws Problem {@link ProblemCode#TOO_LARGE}, {@link ProblemCode#MANIFEST_INVALID} for bytes
   *     that are no canonical JSON or no manifest, and what {@link Manifest} throws
   */
  public static Manifest parse(byte[] bytes) {
    try {
      return CanonicalJson.parseCanonical(bytes, Manifest.class, MAX_BYTES);
    } catch (Problem e) {
      if (e.code() == ProblemCode.MALFORMED_REQUEST || e.code() == ProblemCode.INVALID_NAME) {
        throw new Problem(
            ProblemCode.MANIFEST_INVALID, "the manifest is invalid: " + e.getMessage(), e);
      }
      throw e;
    }
  }
}
