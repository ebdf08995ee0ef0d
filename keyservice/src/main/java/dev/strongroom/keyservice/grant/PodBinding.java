package dev.strongroom.keyservice.grant;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pod of a request is the pod of its token. A lease is held by a pod, and a second grant ends
 * the first: who could name any pod could end the leases of others.
 */
public final class PodBinding {
  private PodBinding() {}

  /**
   * @param podUid as the request names it; null where it names none
   * @throws Problem {@link ProblemCode#TOKEN_CLAIM_MISSING} when the token does not name this pod
   *     (the claim {@code kubernetes.io.pod.uid} of bound service account tokens)
   */
  public static void require(Identity identity, @Nullable String podUid) {
    String proven = podOf(identity.claims());
    if (podUid == null ? proven != null : !podUid.equals(proven)) {
      throw new Problem(
          ProblemCode.TOKEN_CLAIM_MISSING,
          "the pod uid of the request is not the one of the token (kubernetes.io.pod.uid);"
              + " send both from the same pod, or neither");
    }
  }

  /** The pod uid that a token proves; null where it proves none. */
  public static @Nullable String podOf(Map<String, Object> claims) {
    if (claims.get("kubernetes.io") instanceof Map<?, ?> kubernetes
        && kubernetes.get("pod") instanceof Map<?, ?> pod
        && pod.get("uid") instanceof String uid) {
      return uid;
    }
    return null;
  }
}
