package dev.strongroom.keyservice.identity.spiffe;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import dev.strongroom.keyservice.config.SpiffeConfig;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.identity.ParsedToken;
import dev.strongroom.keyservice.identity.TokenClaims;
import dev.strongroom.keyservice.identity.TokenKey;
import dev.strongroom.keyservice.identity.TokenSignatures;
import dev.strongroom.keyservice.identity.TokenVerifier;
import io.spiffe.spiffeid.SpiffeId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JWT-SVIDs (SPIFFE JWT-SVID, sections 2 to 5), in this order: form; algorithm; the
 * subject is the SPIFFE ID of a workload of an accepted trust domain; a key of that domain with
 * this {@code kid}, and no other, signed it; audience and times, of which {@code exp} is not
 * optional. {@code iss} says nothing here. Thread-safe.
 */
public final class JwtSvidVerifier implements TokenVerifier {
  private final SpiffeConfig config;
  private final SpiffeBundles bundles;
  private final InstantSource clock;
  private final Cache<Sha256Digest, Remembered> verified;

  private record Remembered(Identity identity, SpiffeId id, DomainBundle bundle) {}

  /**
   * @param remember tokens, by their hash, at most
   */
  public JwtSvidVerifier(
      SpiffeConfig config, SpiffeBundles bundles, InstantSource clock, int remember) {
    this.config = config;
    this.bundles = bundles;
    this.clock = clock;
    this.verified = Caffeine.newBuilder().maximumSize(remember).build();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // The same object is an unchanged bundle.
  public Identity verify(String token) {
    String audience = config.audience();
    if (audience == null) {
      throw new Problem(
          ProblemCode.TOKEN_ISSUER_UNKNOWN,
          "JWT-SVIDs are not accepted here; set identity.spiffe.audience if they are meant to be");
    }
    Instant now = clock.instant();
    Sha256Digest hash = Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8));
    Remembered remembered = verified.getIfPresent(hash);
    if (remembered != null
        && bundles.bundle(remembered.id().getTrustDomain()) == remembered.bundle()) {
      TokenClaims.requireNotExpired(remembered.identity().expiresAt(), config.clockSkew(), now);
      return remembered.identity();
    }
    Remembered fresh = verifyAnew(ParsedToken.parse(token), audience, now);
    verified.put(hash, fresh);
    return fresh.identity();
  }

  private Remembered verifyAnew(ParsedToken token, String audience, Instant now) {
    TokenAlgorithm algorithm = algorithm(token.algorithm());
    SpiffeId id = subject(token.claims().get("sub"));
    DomainBundle bundle = bundles.bundle(id.getTrustDomain());
    TokenKey key = key(bundle, token.keyId(), algorithm);
    if (!TokenSignatures.holds(
        algorithm,
        key.key(),
        token.signed().getBytes(StandardCharsets.US_ASCII),
        token.signature().bytes())) {
      throw new Problem(
          ProblemCode.TOKEN_SIGNATURE_INVALID, "the signature of the JWT-SVID does not hold");
    }
    Identity identity =
        TokenClaims.check(
                token.claims(),
                new TokenClaims.Expected(
                    SpiffeNames.issuer(id), audience, config.clockSkew(), false),
                now)
            .as(IdentityKind.SPIFFE_JWT);
    return new Remembered(identity, id, bundle);
  }

  private TokenAlgorithm algorithm(String named) {
    return config.algorithms().stream()
        .filter(each -> each.wireName().equals(named))
        .findFirst()
        .orElseThrow(() ->
            new Problem(
                ProblemCode.TOKEN_ALGORITHM_REFUSED,
                "the algorithm (alg) of the JWT-SVID is not accepted"));
  }

  private static SpiffeId subject(@Nullable JsonNode claim) {
    if (claim == null || !claim.isTextual()) {
      throw new Problem(ProblemCode.TOKEN_CLAIM_MISSING, "the JWT-SVID has no subject (sub)");
    }
    return SpiffeNames.parseWorkload(claim.textValue())
        .orElseThrow(() ->
            new Problem(
                ProblemCode.TOKEN_MALFORMED,
                "the subject (sub) of the JWT-SVID is not the SPIFFE ID of a workload"));
  }

  private static TokenKey key(
      DomainBundle bundle, @Nullable String keyId, TokenAlgorithm algorithm) {
    if (keyId == null) {
      throw new Problem(ProblemCode.TOKEN_MALFORMED, "the JWT-SVID names no key (kid)");
    }
    TokenKey key = bundle.jwtKeys().get(keyId);
    if (key == null || !key.algorithms().contains(algorithm)) {
      throw new Problem(
          ProblemCode.TOKEN_SIGNATURE_INVALID,
          "the bundle of the trust domain has no key (kid) that fits the JWT-SVID's");
    }
    return key;
  }
}
