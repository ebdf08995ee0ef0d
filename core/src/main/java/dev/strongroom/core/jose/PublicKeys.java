package dev.strongroom.core.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** Public keys between their three forms: JCA object, JWK (RFC 7517) and SPKI (RFC 5280). */
public final class PublicKeys {
  /** SPKI of an Ed25519 key is this prefix and the 32 raw bytes (RFC 8410 section 4). */
  private static final byte[] ED25519_SPKI_PREFIX = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };

  private static final int P256_BITS = 256;

  private PublicKeys() {}

  /** The JWK of a P-256 or Ed25519 key. */
  public static JWK toJwk(PublicKey key) {
    return switch (SignatureAlgorithm.of(key)) {
      case ES256 -> new ECKey.Builder(Curve.P_256, (ECPublicKey) key).build();
      case EDDSA -> new OctetKeyPair.Builder(Curve.Ed25519, rawEd25519(key)).build();
    };
  }

  private static Base64URL rawEd25519(PublicKey key) {
    byte[] spki = key.getEncoded();
    return Base64URL.encode(Arrays.copyOfRange(spki, ED25519_SPKI_PREFIX.length, spki.length));
  }

  /**
   * The key of this JWK.
   *
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another type or curve, for a JWK
   *     that holds private parts, and for a point that is not on its curve
   */
  public static PublicKey ofJwk(JWK jwk) {
    if (jwk.isPrivate()) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "a private key was sent where a public one belongs");
    }
    try {
      if (jwk instanceof ECKey ec && Curve.P_256.equals(ec.getCurve())) {
        return ec.toECPublicKey();
      }
      if (jwk instanceof OctetKeyPair okp && Curve.Ed25519.equals(okp.getCurve())) {
        return ed25519(okp.getX().decode());
      }
    } catch (JOSEException | GeneralSecurityException | IllegalStateException e) {
      throw new Problem(ProblemCode.UNSUPPORTED_ALGORITHM, "the public key is not usable", e);
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM, "a signing key is P-256 (ES256) or Ed25519 (EdDSA)");
  }

  /** The SHA-256 thumbprint of the key (RFC 7638): the {@code jkt} of grants and proofs. */
  public static String thumbprint(PublicKey key) {
    // The required members in their order (section 3.2); the values need no escapes.
    String members =
        switch (SignatureAlgorithm.of(key)) {
          case ES256 -> {
            ECPoint point = ((ECPublicKey) key).getW();
            yield "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""
                + ECKey.encodeCoordinate(P256_BITS, point.getAffineX())
                + "\",\"y\":\""
                + ECKey.encodeCoordinate(P256_BITS, point.getAffineY())
                + "\"}";
          }
          case EDDSA -> "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + rawEd25519(key) + "\"}";
        };
    return Blob.of(Sha256Digest.of(members.getBytes(StandardCharsets.US_ASCII)).bytes())
        .base64url();
  }

  /** SHA-256 over the SPKI: the id of a pinned key. */
  public static Sha256Digest keyId(PublicKey key) {
    return Sha256Digest.of(key.getEncoded());
  }

  /**
   * The key of this DER SubjectPublicKeyInfo.
   *
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} when it is not P-256 or Ed25519
   */
  public static PublicKey ofSpki(byte[] der) {
    for (String algorithm : new String[] {"Ed25519", "EC"}) {
      try {
        PublicKey key =
            KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
        SignatureAlgorithm.of(key);
        return key;
      } catch (GeneralSecurityException e) {
        // Not a key of this algorithm: the next one is tried.
      }
    }
    throw new Problem(
        ProblemCode.UNSUPPORTED_ALGORITHM, "a signing key is P-256 (ES256) or Ed25519 (EdDSA)");
  }

  private static PublicKey ed25519(byte[] raw) throws GeneralSecurityException {
    if (raw.length != 32) {
      throw new GeneralSecurityException("an Ed25519 key has 32 bytes");
    }
    byte[] spki = Arrays.copyOf(ED25519_SPKI_PREFIX, ED25519_SPKI_PREFIX.length + 32);
    System.arraycopy(raw, 0, spki, ED25519_SPKI_PREFIX.length, 32);
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
  }
}
