package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.keyservice.config.IdentityConfig;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.KubernetesConfig;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Hands a token to who can verify it. A JWT-SVID need not name an issuer, and what it names means
 * nothing: so a token whose {@code sub} is a SPIFFE ID is one, unless its issuer is configured.
 * Nothing read here is believed; whoever verifies reads it again under the signature.
 */
public final class TokenRouter implements TokenVerifier {
  private static final String SPIFFE = "spiffe://";

  private final Set<String> issuers;
  private final TokenVerifier oidc;
  private final TokenVerifier svids;

  public TokenRouter(IdentityConfig config, TokenVerifier oidc, TokenVerifier svids) {
    this.issuers =
        Stream.concat(
                config.issuers().stream().map(IssuerConfig::issuer),
                config.kubernetes().stream().map(KubernetesConfig::issuer))
            .collect(Collectors.toUnmodifiableSet());
    this.oidc = oidc;
    this.svids = svids;
  }

  @Override
  public Identity verify(String token) {
    ObjectNode claims = ParsedToken.parse(token).claims();
    boolean known = issuers.contains(text(claims.get("iss")));
    return !known && text(claims.get("sub")).startsWith(SPIFFE)
        ? svids.verify(token)
        : oidc.verify(token);
  }

  private static String text(@org.jspecify.annotations.Nullable JsonNode claim) {
    return claim == null || !claim.isTextual() ? "" : claim.textValue();
  }
}
