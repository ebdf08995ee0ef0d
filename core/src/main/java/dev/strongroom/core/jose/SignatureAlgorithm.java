package dev.strongroom.core.jose;

import com.nimbusds.jose.JWSAlgorithm;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;

/** The signature algorithms of the grant protocol. There is no negotiation below these. */
public enum SignatureAlgorithm {
  /** ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4). */
  ES256("SHA256withECDSAinP1363Format", "ES256"),
  /** Ed25519 (RFC 8037). */
  EDDSA("Ed25519", "EdDSA");

  private final String jcaName;
  private final String joseName;

  SignatureAlgorithm(String jcaName, String joseName) {
    this.jcaName = jcaName;
    this.joseName = joseName;
  }

  String jcaName() {
    return jcaName;
  }

  JWSAlgorithm joseName() {
    return JWSAlgorithm.parse(joseName);
  }

  /**
   * The algorithm that fits this key.
   *
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for any key but P-256 and Ed25519
   */
  public static SignatureAlgorithm of(PublicKey key) {
    if (key instanceof ECPublicKey ec && ec.getParams().getOrder().bitLength() == 256) {
      return ES256;
    }
    if (key instanceof EdECPublicKey ed && ed.getParams().getName().equals("Ed25519")) {
      return EDDSA;
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM, "a signing key is P-256 (ES256) or Ed25519 (EdDSA)");
  }
}
