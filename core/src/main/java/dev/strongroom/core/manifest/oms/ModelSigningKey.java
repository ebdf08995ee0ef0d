package dev.strongroom.core.manifest.oms;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** An ECDSA key on one of the three curves, with the hash that goes with it, and its two hints. */
final class ModelSigningKey {
  private record Curve(String name, String signature) {}

  private static final List<Curve> CURVES =
      List.of(
          new Curve("secp256r1", "SHA256withECDSA"),
          new Curve("secp384r1", "SHA384withECDSA"),
          new Curve("secp521r1", "SHA512withECDSA"));

  private final PublicKey key;
  private final String algorithm;
  private final byte[] pem;

  private ModelSigningKey(PublicKey key, String algorithm) {
    this.key = key;
    this.algorithm = algorithm;
    this.pem = pem(key.getEncoded());
  }

  static ModelSigningKey of(byte[] spki) {
    try {
      PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
      for (Curve curve : CURVES) {
        if (key instanceof ECPublicKey ec && isOn(ec, curve.name())) {
          return new ModelSigningKey(key, curve.signature());
        }
      }
    } catch (GeneralSecurityException e) {
      throw unsupported(e);
    }
    throw unsupported(new GeneralSecurityException("another curve"));
  }

  private static boolean isOn(ECPublicKey key, String curve) throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(curve));
    ECParameterSpec named = parameters.getParameterSpec(ECParameterSpec.class);
    ECParameterSpec own = key.getParams();
    return named.getCurve().equals(own.getCurve())
        && named.getGenerator().equals(own.getGenerator())
        && named.getOrder().equals(own.getOrder());
  }

  /** SHA-256 of the PEM text, in lines of 64 and with a line feed at the end. */
  String hint() {
    return Sha256Digest.of(pem).hex();
  }

  /**
   * How bundles before 1.1 of the reference implementation name the key: base64 of its PEM text.
   */
  String rawBytes() {
    return Base64.getEncoder().encodeToString(pem);
  }

  boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (SignatureException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw unsupported(e);
    }
  }

  private static byte[] pem(byte[] spki) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(spki);
    return ("-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Problem unsupported(GeneralSecurityException cause) {
    return new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        "a model signing key is ECDSA on P-256, P-384 or P-521, as a SubjectPublicKeyInfo",
        cause);
  }
}
