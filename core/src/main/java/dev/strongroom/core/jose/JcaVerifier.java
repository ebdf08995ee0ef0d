package dev.strongroom.core.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Set;

/** Verifies through the JCA; see {@link JcaSigner}. */
final class JcaVerifier extends BaseJWSProvider implements JWSVerifier {
  private final PublicKey key;
  private final SignatureAlgorithm algorithm;

  JcaVerifier(PublicKey key) {
    this(key, SignatureAlgorithm.of(key));
  }

  private JcaVerifier(PublicKey key, SignatureAlgorithm algorithm) {
    super(Set.of(algorithm.joseName()));
    this.key = key;
    this.algorithm = algorithm;
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signedContent, Base64URL signature)
      throws JOSEException {
    if (!header.getAlgorithm().equals(algorithm.joseName())) {
      return false;
    }
    try {
      Signature verification = Signature.getInstance(algorithm.jcaName());
      verification.initVerify(key);
      verification.update(signedContent);
      return verification.verify(signature.decode());
    } catch (SignatureException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new JOSEException("verification failed", e);
    }
  }
}
