package dev.strongroom.keyservice.identity;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, made only from a verified token.
 *
 * @param issuer the token's {@code iss}, one of the configured issuers
 * @param subject the token's {@code sub}, opaque
 * @param claims all verified claims, for conditions
 * @param tokenId the token's {@code jti}; null where it has none
 * @param expiresAt when the token ends
 */
public record Identity(
    String issuer,
    String subject,
    Map<String, Object> claims,
    @Nullable String tokenId,
    Instant expiresAt) {
  public Identity {
    claims = Map.copyOf(claims);
  }

  /** {@code issuer|subject}: how policy, leases and the log write it. */
  public String canonical() {
    return issuer + "|" + subject;
  }
}
