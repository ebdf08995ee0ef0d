package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks the claims of a token whose signature holds (RFC 7519 section 4.1, RFC 8725). */
public final class TokenClaims {
  private static final int MAX_SUBJECT = 512;
  private static final long LAST_SECOND = 253_402_300_799L; // the end of the year 9999

  private TokenClaims() {}

  /**
   * What the claims must agree with.
   *
   * @param issuer of the identity
   * @param audience what {@code aud} must hold
   * @param clockSkew how far the issuer's clock may be off
   * @param requireJti whether there must be an id
   */
  public record Expected(String issuer, String audience, Duration clockSkew, boolean requireJti) {}

  /**
   * The identity that the claims say.
   *
   * @throws Problem {@link ProblemCode#TOKEN_CLAIM_MISSING} without {@code sub}, {@code exp},
   *     {@code aud}, or {@code jti} where it is required; {@link
   *     ProblemCode#TOKEN_AUDIENCE_MISMATCH}, {@link ProblemCode#TOKEN_EXPIRED}, {@link
   *     ProblemCode#TOKEN_NOT_YET_VALID}, {@link ProblemCode#TOKEN_MALFORMED} for a claim of
   *     another type
   */
  public static Identity check(ObjectNode claims, Expected issuer, Instant now) {
    requireAudience(claims.get("aud"), issuer.audience());
    Instant expiresAt = time(claims, "exp");
    if (expiresAt == null) {
      throw missing("exp");
    }
    requireTimes(claims, expiresAt, issuer.clockSkew(), now);
    String subject = text(claims, "sub", MAX_SUBJECT);
    if (subject == null) {
      throw missing("sub");
    }
    String tokenId = text(claims, "jti", MAX_SUBJECT);
    if (tokenId == null && issuer.requireJti()) {
      throw missing("jti");
    }
    return new Identity(issuer.issuer(), subject, ClaimValues.of(claims), tokenId, expiresAt);
  }

  /**
   * @throws Problem {@link ProblemCode#TOKEN_EXPIRED}
   */
  public static void requireNotExpired(Instant expiresAt, Duration skew, Instant now) {
    if (!now.isBefore(expiresAt.plus(skew))) {
      throw new Problem(
          ProblemCode.TOKEN_EXPIRED, "the token has run out; ask its issuer for a new one");
    }
  }

  private static void requireTimes(
      ObjectNode claims, Instant expiresAt, Duration skew, Instant now) {
    requireNotExpired(expiresAt, skew, now);
    for (String name : List.of("nbf", "iat")) {
      Instant from = time(claims, name);
      if (from != null && now.plus(skew).isBefore(from)) {
        throw new Problem(
            ProblemCode.TOKEN_NOT_YET_VALID,
            "the token begins in the future (" + name + "); check the clocks");
      }
    }
  }

  private static void requireAudience(@Nullable JsonNode audience, String ours) {
    if (audience == null) {
      throw missing("aud");
    }
    boolean found = audience.isTextual() && audience.textValue().equals(ours);
    if (audience.isArray()) {
      for (JsonNode each : audience) {
        if (!each.isTextual()) {
          throw malformed("aud");
        }
        found |= each.textValue().equals(ours);
      }
    } else if (!audience.isTextual()) {
      throw malformed("aud");
    }
    if (!found) {
      throw new Problem(
          ProblemCode.TOKEN_AUDIENCE_MISMATCH,
          "the token is for another audience; ask its issuer for one for '" + ours + "'");
    }
  }

  private static @Nullable Instant time(ObjectNode claims, String name) {
    JsonNode value = claims.get(name);
    if (value == null) {
      return null;
    }
    double seconds = value.doubleValue();
    if (!value.isNumber() || !(seconds >= 0 && seconds <= LAST_SECOND)) {
      throw malformed(name);
    }
    return Instant.ofEpochSecond((long) seconds);
  }

  private static @Nullable String text(ObjectNode claims, String name, int limit) {
    JsonNode value = claims.get(name);
    if (value == null) {
      return null;
    }
    String text = value.textValue();
    if (text == null
        || text.isEmpty()
        || text.length() > limit
        || text.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      throw malformed(name);
    }
    return text;
  }

  private static Problem missing(String name) {
    return new Problem(
        ProblemCode.TOKEN_CLAIM_MISSING,
        "the token lacks '" + name + "'; configure its issuer to include it");
  }

  private static Problem malformed(String name) {
    return new Problem(
        ProblemCode.TOKEN_MALFORMED, "the token's '" + name + "' is not of the form of RFC 7519");
  }
}
