package dev.strongroom.keyservice.proof;

import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.GrantBody;
import java.util.List;

/**
 * A grant request whose proof holds, made only from verified bytes.
 *
 * @param body what the proof key signed
 * @param jkt thumbprint of the proof key (RFC 7638)
 * @param nonce ours and alive, perhaps used already
 * @param identityToken the token that the body names by its hash; not verified yet
 * @param evidence what the body names by digests; not appraised yet
 */
public record VerifiedGrantRequest(
    GrantBody body, String jkt, CheckedNonce nonce, String identityToken, List<Evidence> evidence) {
  public VerifiedGrantRequest {
    evidence = List.copyOf(evidence);
  }

  /** The token is a bearer secret. */
  @Override
  public String toString() {
    return "VerifiedGrantRequest[" + body.target() + ", jkt " + jkt + "]";
  }
}
