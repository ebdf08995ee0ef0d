package dev.strongroom.core.grant;

import dev.strongroom.core.problem.Require;
import java.util.List;

/**
 * The body of {@code POST /v1/grants}.
 *
 * @param request a {@code strongroom-grant-request+jwt} with {@link GrantBody} as its payload
 * @param identityToken the token that says who asks; at most 16,384 characters, never logged; empty
 *     where the client certificate of the connection alone does
 * @param evidence what {@link GrantBody#evidenceDigests()} names, in the same order
 */
public record GrantRequest(String request, String identityToken, List<Evidence> evidence) {
  public static final int MAX_REQUEST_CHARS = 16_384;
  public static final int MAX_TOKEN_CHARS = 16_384;

  public GrantRequest {
    Require.present(request, "request");
    Require.present(identityToken, "identityToken");
    evidence = List.copyOf(Require.present(evidence, "evidence"));
    Require.that(
        evidence.size() <= GrantBody.MAX_EVIDENCE, "there are at most 16 pieces of evidence");
  }

  /** The token is a bearer secret. */
  @Override
  public String toString() {
    return "GrantRequest[" + evidence.size() + " pieces of evidence]";
  }
}
