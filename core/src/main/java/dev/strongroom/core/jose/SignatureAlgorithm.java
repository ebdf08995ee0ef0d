package dev.strongroom.core.jose;

import com.nimbusds.jose.JWSAlgorithm;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;

/** The signature algorithms of the grant protocol. There is no negotiation below these. */
public enum SignatureAlgorithm {
  /** ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4). */
  ES256("SHA256withECDSAinP1363Format", "ES256"),
  /** Ed25519 (RFC 8037). */
  EDDSA("Ed25519", "EdDSA");

  private static final ECParameterSpec P256 = p256();

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
    if (key instanceof ECPublicKey ec && isOnP256(ec)) {
      return ES256;
    }
    if (key instanceof EdECPublicKey ed && ed.getParams().getName().equals("Ed25519")) {
      return EDDSA;
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM, "a signing key is P-256 (ES256) or Ed25519 (EdDSA)");
  }

  // The size tells nothing: secp256k1 and brainpoolP256r1 have 256 bits too.
  private static boolean isOnP256(ECPublicKey key) {
    ECParameterSpec own = key.getParams();
    return P256.getCurve().equals(own.getCurve())
        && P256.getGenerator().equals(own.getGenerator())
        && P256.getOrder().equals(own.getOrder())
        && P256.getCofactor() == own.getCofactor();
  }

  private static ECParameterSpec p256() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp256r1"));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform knows P-256", e);
    }
  }
}
