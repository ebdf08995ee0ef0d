package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;

/**
 * The templates of endorsement keys that are taken (TCG, EK Credential Profile 2.5, annex B): what
 * the key is, its nameAlg, and the key size of its symmetric algorithm, which is AES in CFB mode.
 */
enum EkProfile {
  /** L-1 and H-1. */
  RSA_2048(HashAlgorithm.SHA256, 128, 32),
  /** L-2 and H-2. */
  ECC_P256(HashAlgorithm.SHA256, 128, 32),
  /** H-3. */
  ECC_P384(HashAlgorithm.SHA384, 256, 48);

  private final HashAlgorithm nameAlgorithm;
  private final int aesBits;
  private final int coordinateSize;

  EkProfile(HashAlgorithm nameAlgorithm, int aesBits, int coordinateSize) {
    this.nameAlgorithm = nameAlgorithm;
    this.aesBits = aesBits;
    this.coordinateSize = coordinateSize;
  }

  HashAlgorithm nameAlgorithm() {
    return nameAlgorithm;
  }

  int aesBits() {
    return aesBits;
  }

  int coordinateSize() {
    return coordinateSize;
  }

  static EkProfile of(PublicKey key) {
    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() == 2048) {
      return RSA_2048;
    }
    if (key instanceof ECPublicKey ecc) {
      int bits = ecc.getParams().getCurve().getField().getFieldSize();
      if (bits == 256) {
        return ECC_P256;
      }
      if (bits == 384) {
        return ECC_P384;
      }
    }
    throw new AttestationException(
        AttestationCode.ALGORITHM_UNKNOWN,
        "the endorsement key is none of RSA-2048, ECC P-256 or ECC P-384");
  }
}
