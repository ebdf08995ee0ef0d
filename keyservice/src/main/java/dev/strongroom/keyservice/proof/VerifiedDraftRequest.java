package dev.strongroom.keyservice.proof;

import dev.strongroom.core.grant.DraftBody;

/**
 * A draft request whose proof holds, made only from verified bytes.
 *
 * @param body what the proof key signed
 * @param jkt thumbprint of the proof key (RFC 7638)
 * @param nonce ours and alive, perhaps used already
 * @param identityToken the token that the body names by its hash; not verified yet
 */
public record VerifiedDraftRequest(
    DraftBody body, String jkt, CheckedNonce nonce, String identityToken) {

  /** The token is a bearer secret. */
  @Override
  public String toString() {
    return "VerifiedDraftRequest[" + body.target() + ", jkt " + jkt + "]";
  }
}
