package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.IdentityConfig.Jwks;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JWTs of the configured issuers (RFC 7519, RFC 8725). In this order: form; the issuer is
 * configured; its algorithm is allowed there; the signature holds under one of its keys; audience
 * and times. The identity is made from the bytes that were verified.
 *
 * <p>What was verified is remembered by the hash of the token, for as long as the token and the key
 * set that verified it live. Thread-safe.
 */
public final class OidcTokenVerifier implements TokenVerifier {
  private final Map<String, Issuer> issuers = new LinkedHashMap<>();
  private final InstantSource clock;
  private final Cache<Sha256Digest, Remembered> verified;

  private record Issuer(IssuerConfig config, IssuerKeys keys) {}

  private record Remembered(Identity identity, Issuer issuer, TokenKeys keys) {}

  /**
   * @param http follows no redirects; used for issuers whose keys are behind a URL
   * @param background runs refreshes of key sets
   */
  public OidcTokenVerifier(
      IdentityConfig config, HttpClient http, InstantSource clock, Executor background) {
    this.clock = clock;
    this.verified = Caffeine.newBuilder().maximumSize(config.tokenCache()).build();
    for (IssuerConfig issuer : config.issuers()) {
      IssuerKeys keys =
          new IssuerKeys(
              loader(issuer.jwks(), config.jwks(), http),
              clock,
              config.jwks().refreshAtMost(),
              config.jwks().keepFor(),
              background);
      issuers.put(issuer.issuer(), new Issuer(issuer, keys));
    }
  }

  private static JwksLoader loader(
      Jwks jwks, IdentityConfig.JwksFetchConfig fetch, HttpClient http) {
    return switch (jwks) {
      case Jwks.File file -> new FileJwksLoader(file.path());
      case Jwks.Url url ->
          new UrlJwksLoader(http, url.url(), fetch.timeout(), fetch.refreshEvery());
    };
  }

  @Override
  public Identity verify(String token) {
    if (token.length() > GrantRequest.MAX_TOKEN_CHARS) {
      throw new Problem(
          ProblemCode.TOKEN_MALFORMED,
          "the token is longer than " + GrantRequest.MAX_TOKEN_CHARS + " characters");
    }
    Instant now = clock.instant();
    Sha256Digest hash = Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8));
    Remembered remembered = verified.getIfPresent(hash);
    if (remembered != null
        && remembered.issuer().keys().current()
            == remembered.keys()) { // the same object: unchanged
      Identity identity = remembered.identity();
      TokenClaims.requireNotExpired(
          identity.expiresAt(), remembered.issuer().config().clockSkew(), now);
      return identity;
    }
    Remembered fresh = verifyAnew(ParsedToken.parse(token), now);
    verified.put(hash, fresh);
    return fresh.identity();
  }

  private Remembered verifyAnew(ParsedToken token, Instant now) {
    Issuer issuer = issuer(token.claims().get("iss"));
    TokenAlgorithm algorithm = algorithm(token.algorithm(), issuer.config());
    IssuerKeys.Found found =
        issuer
            .keys()
            .find(token.keyId(), algorithm)
            .orElseThrow(() ->
                new Problem(
                    ProblemCode.TOKEN_SIGNATURE_INVALID,
                    "the issuer publishes no key (kid) that fits the token's"));
    if (!TokenSignatures.holds(
        algorithm,
        found.key().key(),
        token.signed().getBytes(StandardCharsets.US_ASCII),
        token.signature().bytes())) {
      throw new Problem(ProblemCode.TOKEN_SIGNATURE_INVALID, "the token's signature does not hold");
    }
    Identity identity = TokenClaims.check(token.claims(), expected(issuer.config()), now);
    return new Remembered(identity, issuer, found.keys());
  }

  private static TokenClaims.Expected expected(IssuerConfig issuer) {
    return new TokenClaims.Expected(
        issuer.issuer(), issuer.audience(), issuer.clockSkew(), issuer.requireJti());
  }

  private Issuer issuer(@Nullable JsonNode claim) {
    Issuer issuer = claim == null || !claim.isTextual() ? null : issuers.get(claim.textValue());
    if (issuer == null) {
      throw new Problem(
          ProblemCode.TOKEN_ISSUER_UNKNOWN,
          "the token's issuer (iss) is not one of the issuers that are configured here");
    }
    return issuer;
  }

  private static TokenAlgorithm algorithm(String named, IssuerConfig issuer) {
    for (TokenAlgorithm algorithm : issuer.algorithms()) {
      if (algorithm.wireName().equals(named)) {
        return algorithm;
      }
    }
    throw new Problem(
        ProblemCode.TOKEN_ALGORITHM_REFUSED,
        "the token's algorithm (alg) is not allowed for its issuer");
  }
}
