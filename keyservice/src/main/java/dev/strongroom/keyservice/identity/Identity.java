package dev.strongroom.keyservice.identity;

import dev.strongroom.core.event.IdentityProof;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, made only from what was verified: a token, a client certificate, or both.
 *
 * @param issuer the token's {@code iss}, one of the configured issuers; {@code spiffe://} and the
 *     trust domain for an SVID
 * @param subject the token's {@code sub}, opaque; the SPIFFE ID of an SVID
 * @param claims all verified claims, for conditions
 * @param tokenId the token's {@code jti}; null where it has none
 * @param expiresAt when the first of what was verified ends
 * @param kinds what was verified; the first says who it is
 * @param certificate null where the connection has none
 */
public record Identity(
    String issuer,
    String subject,
    Map<String, Object> claims,
    @Nullable String tokenId,
    Instant expiresAt,
    List<IdentityKind> kinds,
    @Nullable VerifiedCertificate certificate) {
  public Identity {
    claims = Map.copyOf(claims);
    kinds = List.copyOf(kinds);
  }

  /** What the token of an OIDC issuer proves. */
  public Identity(
      String issuer,
      String subject,
      Map<String, Object> claims,
      @Nullable String tokenId,
      Instant expiresAt) {
    this(issuer, subject, claims, tokenId, expiresAt, List.of(IdentityKind.OIDC), null);
  }

  /** The same, proved by a token of this kind. */
  public Identity as(IdentityKind kind) {
    return new Identity(issuer, subject, claims, tokenId, expiresAt, List.of(kind), certificate);
  }

  /** The same, sent over a connection of the holder of this certificate. */
  public Identity with(VerifiedCertificate verified) {
    List<IdentityKind> both = new ArrayList<>(kinds);
    both.add(IdentityKind.SPIFFE_X509);
    Instant end = verified.expiresAt().isBefore(expiresAt) ? verified.expiresAt() : expiresAt;
    return new Identity(issuer, subject, claims, tokenId, end, both, verified);
  }

  /** The SPIFFE ID of the client certificate; null where there is none. */
  public @Nullable String certificateId() {
    return certificate == null ? null : certificate.spiffeId();
  }

  /** What was verified, as policies and the log write it. */
  public List<String> kindNames() {
    return kinds.stream().map(IdentityKind::wireName).toList();
  }

  /** As the log has it. */
  public IdentityProof proof() {
    return new IdentityProof(
        kindNames(), certificateId(), certificate == null ? null : certificate.hash());
  }

  /** {@code issuer|subject}: how policy, leases and the log write it. */
  public String canonical() {
    return issuer + "|" + subject;
  }
}
