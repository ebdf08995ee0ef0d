package dev.strongroom.keyservice.identity.kubernetes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.config.KubernetesConfig.Authorisation;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks an API server what this service may do there (SelfSubjectAccessReview), which changes
 * nothing and needs no right of its own.
 */
public final class ClusterProbe {
  private static final String SELF = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  private static final Right REVIEWS = new Right("create", "authentication.k8s.io", "tokenreviews");
  private static final Right PODS = new Right("get", "", "pods");
  private static final Right ACCESS =
      new Right("create", "authorization.k8s.io", "subjectaccessreviews");

  private ClusterProbe() {}

  /** What may be done with which resource, everywhere in the cluster. */
  private record Right(String verb, String group, String resource) {
    @Override
    public String toString() {
      return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
    }
  }

  /**
   * Looks whether tokens can be reviewed.
   *
   * @throws Problem {@link ProblemCode#CLUSTER_ACCESS_REFUSED} when not; what {@link
   *     ApiServer#create} throws
   */
  public static void requireReviews(ApiServer server) {
    if (!has(server, REVIEWS)) {
      throw new Problem(
          ProblemCode.CLUSTER_ACCESS_REFUSED,
          "the key service may not "
              + REVIEWS
              + " at "
              + server.name()
              + ": apply the ClusterRole of docs/guide/kubernetes-identity.md");
    }
  }

  /**
   * What this service needs and may not do.
   *
   * @throws Problem what {@link ApiServer#create} throws
   */
  public static List<String> missing(KubernetesConfig config) {
    List<Right> needed = new ArrayList<>(List.of(REVIEWS, PODS));
    if (config.authorisation() == Authorisation.RBAC) {
      needed.add(ACCESS);
    }
    try (ApiServer server = new ApiServer(config)) {
      return needed.stream().filter(right -> !has(server, right)).map(Right::toString).toList();
    }
  }

  private static boolean has(ApiServer server, Right right) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SelfSubjectAccessReview");
    review
        .putObject("spec")
        .putObject("resourceAttributes")
        .put("verb", right.verb())
        .put("group", right.group())
        .put("resource", right.resource());
    return server.create(SELF, review).path("status").path("allowed").booleanValue();
  }
}
