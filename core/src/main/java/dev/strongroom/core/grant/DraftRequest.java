package dev.strongroom.core.grant;

import dev.strongroom.core.problem.Require;

/**
 * The body of {@code POST /v1/drafts}.
 *
 * @param request a {@code strongroom-draft-request+jwt} with {@link DraftBody} as its payload
 * @param identityToken the token that says who asks; never logged
 */
public record DraftRequest(String request, String identityToken) {
  public DraftRequest {
    Require.present(request, "request");
    Require.present(identityToken, "identityToken");
  }

  @Override
  public String toString() {
    return "DraftRequest[]";
  }
}
