package dev.strongroom.keyservice.identity;

import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;

/**
 * Verifies token signatures through the JCA, so that the fastest installed provider does the work
 * (RFC 7518 section 3, RFC 8037 section 3.1).
 */
public final class TokenSignatures {
  private TokenSignatures() {}

  /** Whether the signature is one of this key over these bytes. */
  public static boolean holds(
      TokenAlgorithm algorithm, PublicKey key, byte[] signed, byte[] signature) {
    if (!hasLength(algorithm, signature.length)) {
      return false;
    }
    try {
      Signature verification = verification(algorithm);
      verification.initVerify(key);
      verification.update(signed);
      return verification.verify(signature);
    } catch (SignatureException | InvalidKeyException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the platform lacks " + algorithm.wireName(), e);
    }
  }

  private static Signature verification(TokenAlgorithm algorithm) throws GeneralSecurityException {
    return switch (algorithm) {
      case ES256 -> Signature.getInstance("SHA256withECDSAinP1363Format");
      case ES384 -> Signature.getInstance("SHA384withECDSAinP1363Format");
      case RS256 -> Signature.getInstance("SHA256withRSA");
      case PS256 -> {
        Signature pss = Signature.getInstance("RSASSA-PSS");
        pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        yield pss;
      }
      case EDDSA -> Signature.getInstance("Ed25519");
    };
  }

  private static boolean hasLength(TokenAlgorithm algorithm, int length) {
    return switch (algorithm) {
      case ES256, EDDSA -> length == 64;
      case ES384 -> length == 96;
      case RS256, PS256 -> length >= 256 && length <= 1024;
    };
  }
}
