package dev.strongroom.core.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Set;

/**
 * Signs through the JCA, so that the fastest installed provider does the work. The signers that
 * come with the JOSE library bring an Ed25519 of their own, which is an order of magnitude slower.
 */
final class JcaSigner extends BaseJWSProvider implements JWSSigner {
  private final PrivateKey key;
  private final SignatureAlgorithm algorithm;

  JcaSigner(PrivateKey key, SignatureAlgorithm algorithm) {
    super(Set.of(algorithm.joseName()));
    this.key = key;
    this.algorithm = algorithm;
  }

  @Override
  public Base64URL sign(JWSHeader header, byte[] signingInput) throws JOSEException {
    try {
      Signature signature = Signature.getInstance(algorithm.jcaName());
      signature.initSign(key);
      signature.update(signingInput);
      return Base64URL.encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new JOSEException("signing failed", e);
    }
  }
}
