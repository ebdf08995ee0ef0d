package dev.strongroom.keyservice.identity.spiffe;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.X509CertUtils;
import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A SPIFFE bundle as a file (SPIFFE Trust Domain and Bundle, section 4): a JWK set whose keys say
 * by {@code use} which SVIDs they sign. Keys of another use are for others, and left out.
 */
final class BundleJson {
  private static final int MAX_BYTES = 256 * 1024;
  private static final String X509 = "x509-svid";
  private static final String JWT = "jwt-svid";

  private BundleJson() {}

  /**
   * Parses a bundle.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it is none, is larger than 256
   *     KiB, holds a private key, a key of an SVID that is not usable, two keys of one {@code kid},
   *     or none
   */
  static DomainBundle parse(byte[] json) {
    if (json.length > MAX_BYTES) {
      throw refused("is larger than 256 KiB");
    }
    Set<X509Certificate> authorities = new HashSet<>();
    Map<String, PublicKey> jwtKeys = new LinkedHashMap<>();
    try {
      for (JWK jwk : JWKSet.parse(Utf8.decode(json)).getKeys()) {
        add(jwk, authorities, jwtKeys);
      }
    } catch (ParseException | JOSEException | IllegalArgumentException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the file is not a usable SPIFFE bundle", e);
    }
    if (authorities.isEmpty() && jwtKeys.isEmpty()) {
      throw refused("holds no key whose use is " + X509 + " or " + JWT);
    }
    return DomainBundle.of(authorities, jwtKeys);
  }

  private static void add(JWK jwk, Set<X509Certificate> authorities, Map<String, PublicKey> jwtKeys)
      throws JOSEException {
    if (jwk.isPrivate()) {
      throw refused("holds a private key: publish its public part alone, and replace it");
    }
    String use = jwk.getKeyUse() == null ? "" : jwk.getKeyUse().identifier();
    if (use.equals(X509)) {
      authorities.add(authority(jwk));
    } else if (use.equals(JWT)) {
      String keyId = jwk.getKeyID();
      if (keyId == null || keyId.isEmpty() || jwtKeys.put(keyId, publicKey(jwk)) != null) {
        throw refused("holds a key of JWT-SVIDs without a kid of its own");
      }
    }
  }

  private static X509Certificate authority(JWK jwk) {
    if (jwk.getX509CertChain() == null || jwk.getX509CertChain().size() != 1) {
      throw refused("holds an authority of X.509-SVIDs without its one certificate (x5c)");
    }
    X509Certificate certificate = X509CertUtils.parse(jwk.getX509CertChain().getFirst().decode());
    if (certificate == null) {
      throw refused("holds an authority of X.509-SVIDs whose certificate cannot be read");
    }
    return certificate;
  }

  private static PublicKey publicKey(JWK jwk) throws JOSEException {
    if (jwk instanceof ECKey ec) {
      return ec.toECPublicKey();
    }
    if (jwk instanceof RSAKey rsa) {
      return rsa.toRSAPublicKey();
    }
    throw refused("holds a key of JWT-SVIDs that is neither EC nor RSA");
  }

  private static Problem refused(String what) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, "the SPIFFE bundle " + what);
  }
}
