package dev.strongroom.core.manifest;

import dev.strongroom.core.jose.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

/** The signature algorithms of manifests: Ed25519, and P-256 with SHA-256 as r and s (64 bytes). */
final class ManifestSignature {
  private ManifestSignature() {}

  static byte[] sign(PrivateKey key, PublicKey publicKey, byte[] message) {
    try {
      Signature signer = Signature.getInstance(jcaName(publicKey));
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the publisher's key cannot sign", e);
    }
  }

  static boolean verify(PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(jcaName(key));
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (SignatureException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the publisher's key cannot verify", e);
    }
  }

  private static String jcaName(PublicKey key) {
    return switch (SignatureAlgorithm.of(key)) {
      case ES256 -> "SHA256withECDSAinP1363Format";
      case EDDSA -> "Ed25519";
    };
  }
}
