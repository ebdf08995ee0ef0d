package dev.strongroom.keyservice.identity;

import dev.strongroom.core.encoding.Sha256Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A client certificate whose chain and form were verified: an X.509-SVID.
 *
 * @param issuer {@code spiffe://} and the trust domain
 * @param spiffeId the one URI of the certificate
 * @param hash SHA-256 over its DER
 * @param expiresAt when the first certificate of its chain ends
 */
public record VerifiedCertificate(
    String issuer, String spiffeId, Sha256Digest hash, Instant expiresAt) {

  /** The identity that it proves where there is no token. */
  Identity identity() {
    return new Identity(
        issuer, spiffeId, Map.of(), null, expiresAt, List.of(IdentityKind.SPIFFE_X509), this);
  }
}
