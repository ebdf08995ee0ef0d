package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * Gives each token to the one verifier of its issuer. The issuer is read before anything is
 * verified, and decides nothing but who looks: each verifier accepts its own issuers alone.
 */
public final class IssuerRouter implements TokenVerifier {
  private final Map<String, ? extends TokenVerifier> byIssuer;
  private final TokenVerifier others;

  /**
   * @param byIssuer those that have a verifier of their own
   * @param others verifies tokens of all other issuers, or refuses them
   */
  public IssuerRouter(Map<String, ? extends TokenVerifier> byIssuer, TokenVerifier others) {
    this.byIssuer = Map.copyOf(byIssuer);
    this.others = others;
  }

  @Override
  public Identity verify(String token) {
    if (byIssuer.isEmpty()) {
      return others.verify(token);
    }
    JsonNode issuer = ParsedToken.parse(token).claims().get("iss");
    TokenVerifier own =
        issuer == null || !issuer.isTextual() ? null : byIssuer.get(issuer.textValue());
    return own == null ? others.verify(token) : own.verify(token);
  }
}
