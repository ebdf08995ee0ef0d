package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.TokenKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What signs the SVIDs of one trust domain. Immutable; what was verified with one is verified again
 * with the next.
 *
 * @param authorities those of X.509-SVIDs
 * @param jwtKeys those of JWT-SVIDs, by {@code kid}
 */
record DomainBundle(Set<X509Certificate> authorities, Map<String, TokenKey> jwtKeys) {
  DomainBundle {
    authorities = Set.copyOf(authorities);
    jwtKeys = Map.copyOf(jwtKeys);
  }

  static DomainBundle of(Set<X509Certificate> authorities, Map<String, PublicKey> keys) {
    Map<String, TokenKey> jwtKeys = new LinkedHashMap<>();
    keys.forEach((keyId, key) -> jwtKeys.put(keyId, TokenKey.of(keyId, key)));
    return new DomainBundle(authorities, jwtKeys);
  }

  static Problem unavailable(String domain, String why) {
    return new Problem(
        ProblemCode.TRUST_BUNDLE_UNAVAILABLE,
        "the trust bundle of " + domain + " cannot be had: " + why);
  }
}
