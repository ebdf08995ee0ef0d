package dev.strongroom.cli.attest.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;

/**
 * The endorsement keys that a TPM can make anew from its seed: templates L-1, L-2 and H-3 of the
 * TCG's EK Credential Profile 2.5, with the NV indices of their certificates (section 2.2).
 */
enum EkKind {
  RSA_2048("rsa", "0x01c00002", "sha256"),
  ECC_P256("ecc", "0x01c0000a", "sha256"),
  ECC_P384("ecc384", "0x01c00016", "sha384");

  private final String tool;
  private final String certificateIndex;
  private final String hash;

  EkKind(String tool, String certificateIndex, String hash) {
    this.tool = tool;
    this.certificateIndex = certificateIndex;
    this.hash = hash;
  }

  /** As {@code tpm2_createek -G} calls it. */
  String tool() {
    return tool;
  }

  String certificateIndex() {
    return certificateIndex;
  }

  /** Of its policy. */
  String hash() {
    return hash;
  }

  /**
   * The one of a certified key.
   *
   * @throws AttestationException {@link AttestationCode#ALGORITHM_UNKNOWN} for none of these
   */
  static EkKind of(PublicKey key) {
    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() == 2048) {
      return RSA_2048;
    }
    int field =
        key instanceof ECPublicKey ecc ? ecc.getParams().getCurve().getField().getFieldSize() : 0;
    return switch (field) {
      case 256 -> ECC_P256;
      case 384 -> ECC_P384;
      default ->
          throw new AttestationException(
              AttestationCode.ALGORITHM_UNKNOWN,
              "the endorsement key is neither RSA of 2048 bits nor on P-256 or P-384");
    };
  }
}
