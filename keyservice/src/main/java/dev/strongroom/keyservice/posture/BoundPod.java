package dev.strongroom.keyservice.posture;

import dev.strongroom.keyservice.identity.Identity;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pod that a reviewed token is bound to.
 *
 * @param user of the service account, as the cluster names it
 * @param groups of that user
 */
record BoundPod(
    String namespace,
    String account,
    String name,
    String uid,
    String node,
    String user,
    List<String> groups) {

  /** From the claims that the review of the token gave. */
  static BoundPod of(Identity identity) {
    Map<?, ?> bound = map(identity.claims(), "kubernetes.io");
    return new BoundPod(
        text(bound, "namespace"),
        text(map(bound, "serviceaccount"), "name"),
        text(map(bound, "pod"), "name"),
        text(map(bound, "pod"), "uid"),
        text(map(bound, "node"), "name"),
        identity.subject(),
        groups(bound.get("groups")));
  }

  private static List<String> groups(@Nullable Object groups) {
    return groups instanceof List<?> list
        ? list.stream().map(String.class::cast).toList()
        : List.of();
  }

  private static Map<?, ?> map(Map<?, ?> values, String name) {
    if (values.get(name) instanceof Map<?, ?> found) {
      return found;
    }
    throw new IllegalStateException("an identity of a cluster names " + name);
  }

  private static String text(Map<?, ?> values, String name) {
    if (values.get(name) instanceof String found) {
      return found;
    }
    throw new IllegalStateException("an identity of a cluster names " + name);
  }
}
