package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Require;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What proved who asked.
 *
 * @param kinds of {@code oidc}, {@code kubernetes}, {@code spiffe-jwt} and {@code spiffe-x509}
 * @param certificateId the SPIFFE ID of the client certificate; null without one. Renewals show the
 *     same
 * @param certificateHash SHA-256 over its DER; null without one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IdentityProof(
    List<String> kinds, @Nullable String certificateId, @Nullable Sha256Digest certificateHash) {

  /** What entries say that are older than this member: tokens of OIDC issuers, and nothing else. */
  public static final IdentityProof OIDC = new IdentityProof(List.of("oidc"), null, null);

  public IdentityProof {
    kinds = List.copyOf(Require.present(kinds, "kinds"));
    Require.that(!kinds.isEmpty(), "somebody was identified by something");
  }
}
