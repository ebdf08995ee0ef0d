package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;
import java.nio.ByteBuffer;

/**
 * The Name of a TPM object: nameAlg and the digest of its public area (Part 1 section 16). Whoever
 * knows it knows key, attributes and policy.
 *
 * @param value nameAlg (2 bytes) and digest
 */
public record TpmName(Bytes value) {

  /**
   * Validates.
   *
   * @throws IllegalArgumentException when it is none of an algorithm taken here
   */
  public TpmName {
    byte[] bytes = value.array();
    boolean known =
        bytes.length > 2
            && HashAlgorithm.find(ByteBuffer.wrap(bytes).getShort())
                .filter(algorithm -> bytes.length == 2 + algorithm.size())
                .isPresent();
    if (!known) {
      throw new IllegalArgumentException("this is no TPM name of SHA-256 or SHA-384: " + value);
    }
  }

  static TpmName of(HashAlgorithm algorithm, byte[] publicArea) {
    return new TpmName(
        Bytes.of(
            ByteBuffer.allocate(2 + algorithm.size())
                .putShort((short) algorithm.id())
                .put(algorithm.digest(publicArea).array())
                .array()));
  }

  /** Lower case hexadecimal. */
  @Override
  public String toString() {
    return value.hex();
  }
}
