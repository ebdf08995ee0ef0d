package dev.strongroom.core.manifest;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Arrays;

/** One signature of an envelope, and a hint at its key. The hint is not authenticated. */
public final class DsseSignature {
  private static final int MAX_KEY_ID = 256;

  private final String keyId;
  private final byte[] signature;

  /**
   * A signature as it was made or received.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when it is empty or too long
   */
  public DsseSignature(String keyId, byte[] signature) {
    if (keyId.length() > MAX_KEY_ID
        || signature.length == 0
        || signature.length > DsseEnvelope.MAX_SIGNATURE_BYTES) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a signature of the envelope is empty or too long");
    }
    this.keyId = keyId;
    this.signature = signature.clone();
  }

  /** The hint; empty where the signer gave none. */
  public String keyId() {
    return keyId;
  }

  /** A copy of the signature's bytes. */
  public byte[] signature() {
    return signature.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DsseSignature that
        && keyId.equals(that.keyId)
        && Arrays.equals(signature, that.signature);
  }

  @Override
  public int hashCode() {
    return 31 * keyId.hashCode() + Arrays.hashCode(signature);
  }
}
