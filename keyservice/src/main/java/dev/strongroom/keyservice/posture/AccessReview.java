package dev.strongroom.keyservice.posture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.identity.kubernetes.ApiServer;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks a cluster whether a service account may decrypt a version (SubjectAccessReview, {@code
 * authorization.k8s.io/v1}): verb {@code decrypt} on {@code modelversions.strongroom.dev} in the
 * namespace of the pod. Whatever authorises in that cluster answers, RBAC as a rule.
 */
final class AccessReview {
  private static final String REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  private static final String GROUP = "strongroom.dev";
  private static final String RESOURCE = "modelversions";
  private static final String VERB = "decrypt";

  private AccessReview() {}

  static Clause ask(ApiServer server, BoundPod bound, ModelVersion target) {
    String name = ModelVersionName.of(target);
    JsonNode status = server.create(REVIEWS, review(bound, name)).path("status");
    boolean allowed =
        status.path("allowed").booleanValue() && !status.path("denied").booleanValue();
    Map<String, String> seen = new LinkedHashMap<>();
    seen.put("user", bound.user());
    seen.put("namespace", bound.namespace());
    seen.put("reason", status.path("reason").asText());
    if (status.hasNonNull("evaluationError")) {
      seen.put("error", status.path("evaluationError").asText());
    }
    return new Clause(
        "RBAC",
        allowed,
        VERB + " " + RESOURCE + "." + GROUP + "/" + name + " in namespace " + bound.namespace(),
        seen,
        allowed ? null : wouldChange(bound, name));
  }

  private static String wouldChange(BoundPod bound, String name) {
    return "%s may not %s %s/%s; create a RoleBinding in namespace '%s' for service account '%s' to a Role with apiGroups [%s], resources [%s], resourceNames [%s], verbs [%s]"
        .formatted(
            bound.user(),
            VERB,
            RESOURCE,
            name,
            bound.namespace(),
            bound.account(),
            GROUP,
            RESOURCE,
            name,
            VERB);
  }

  private static ObjectNode review(BoundPod bound, String name) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    ObjectNode spec = review.putObject("spec").put("user", bound.user());
    ArrayNode groups = spec.putArray("groups");
    bound.groups().forEach(groups::add);
    spec.putObject("resourceAttributes")
        .put("namespace", bound.namespace())
        .put("verb", VERB)
        .put("group", GROUP)
        .put("resource", RESOURCE)
        .put("name", name);
    return review;
  }
}
