package dev.strongroom.core.seal;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.bouncycastle.crypto.hpke.HPKE;

/** The HPKE suites (RFC 9180) for sealing data keys, all in base mode with AES-256-GCM. */
public enum SealSuite {
  /** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: 0x0020, 0x0001, 0x0002. */
  X25519("x25519-hkdf-sha256-aes256gcm", HPKE.kem_X25519_SHA256, 32, 32),
  /** X-Wing (ML-KEM-768 with X25519), HKDF-SHA256, AES-256-GCM: 0x647a, 0x0001, 0x0002. */
  X_WING("xwing-hkdf-sha256-aes256gcm", HPKE.kem_X_WING, 1216, 1120);

  private final String wireName;
  private final short kem;
  private final int publicKeyBytes;
  private final int encapsulationBytes;

  SealSuite(String wireName, short kem, int publicKeyBytes, int encapsulationBytes) {
    this.wireName = wireName;
    this.kem = kem;
    this.publicKeyBytes = publicKeyBytes;
    this.encapsulationBytes = encapsulationBytes;
  }

  @JsonValue
  public String wireName() {
    return wireName;
  }

  /** The length of a raw public key in bytes. */
  public int publicKeyBytes() {
    return publicKeyBytes;
  }

  /** The length of an encapsulated key in bytes. */
  public int encapsulationBytes() {
    return encapsulationBytes;
  }

  HPKE hpke() {
    return new HPKE(HPKE.mode_base, kem, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
  }

  /**
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for a name that is not listed here
   */
  @JsonCreator
  public static SealSuite ofWireName(String wireName) {
    for (SealSuite suite : values()) {
      if (suite.wireName.equals(wireName)) {
        return suite;
      }
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        "the seal suite is one of " + X25519.wireName + ", " + X_WING.wireName);
  }
}
