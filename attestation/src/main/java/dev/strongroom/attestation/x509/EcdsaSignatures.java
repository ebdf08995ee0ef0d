package dev.strongroom.attestation.x509;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;

/** ECDSA as evidence has it: R and S of a fixed size, one behind the other, big endian. */
public final class EcdsaSignatures {
  /** A curve and the digest that goes with it. */
  public enum Curve {
    P256("secp256r1", "SHA256withECDSAinP1363Format", 32),
    P384("secp384r1", "SHA384withECDSAinP1363Format", 48);

    private final String name;
    private final String algorithm;
    private final int size;

    Curve(String name, String algorithm, int size) {
      this.name = name;
      this.algorithm = algorithm;
      this.size = size;
    }

    /** The size of R, of S and of each coordinate, in bytes. */
    public int size() {
      return size;
    }
  }

  private EcdsaSignatures() {}

  /**
   * Verifies.
   *
   * @param key an EC key on that curve
   * @param signature R and S, big endian, {@link Curve#size} bytes each
   * @param signer for messages: {@code the report}
   * @throws AttestationException {@link AttestationCode#SIGNATURE_INVALID}, or {@link
   *     AttestationCode#ALGORITHM_UNKNOWN} for a key of another kind
   */
  public static void require(
      Curve curve, PublicKey key, byte[] signed, byte[] signature, String signer) {
    if (!(key instanceof ECPublicKey ec)
        || ec.getParams().getCurve().getField().getFieldSize() != curve.size * 8) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the key that signs " + signer + " is none of the curve " + curve.name);
    }
    try {
      Signature verification = Signature.getInstance(curve.algorithm);
      verification.initVerify(key);
      verification.update(signed);
      if (signature.length == 2 * curve.size && verification.verify(signature)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      // A value out of range, perhaps: not a signature of these bytes.
    }
    throw new AttestationException(
        AttestationCode.SIGNATURE_INVALID, "the signature of " + signer + " does not verify");
  }

  /**
   * The key of this point.
   *
   * @param point X and Y, big endian, {@link Curve#size} bytes each
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED} when it is not on the
   *     curve
   */
  public static PublicKey key(Curve curve, byte[] point) {
    if (point.length != 2 * curve.size) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "a public key has " + point.length + " bytes, not " + 2 * curve.size);
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve.name));
      ECPoint w =
          new ECPoint(
              new BigInteger(1, Arrays.copyOfRange(point, 0, curve.size)),
              new BigInteger(1, Arrays.copyOfRange(point, curve.size, 2 * curve.size)));
      ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
      requireOnCurve(spec, w);
      return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(w, spec));
    } catch (GeneralSecurityException e) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED, "a public key is no point of its curve", e);
    }
  }

  // Not every provider looks before it verifies.
  private static void requireOnCurve(ECParameterSpec spec, ECPoint point) {
    ECFieldFp field = (ECFieldFp) spec.getCurve().getField();
    BigInteger p = field.getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    BigInteger right = x.pow(3).add(spec.getCurve().getA().multiply(x)).add(spec.getCurve().getB());
    if (x.compareTo(p) >= 0
        || y.compareTo(p) >= 0
        || y.pow(2).subtract(right).mod(p).signum() != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED, "a public key is no point of its curve");
    }
  }
}
