package dev.strongroom.keyservice.posture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.config.KubernetesConfig.Authorisation;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.kubernetes.ApiServer;
import dev.strongroom.keyservice.policy.ClusterView;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clusters that are asked about workloads: about the pod itself, now, and whether it may
 * decrypt. Nothing is remembered between two questions.
 */
public final class Clusters {
  /** For a service without any. */
  public static final Clusters NONE = new Clusters(Map.of());

  private final Map<String, Cluster> byIssuer;

  /**
   * @param byIssuer by the issuer of their tokens
   */
  public Clusters(Map<String, Cluster> byIssuer) {
    this.byIssuer = Map.copyOf(byIssuer);
  }

  /** One cluster and how to reach it. */
  public record Cluster(KubernetesConfig config, ApiServer server) {}

  /**
   * What the cluster of this identity shows of its workload.
   *
   * @return null for an identity of no cluster
   * @throws Problem {@link dev.strongroom.core.problem.ProblemCode#CLUSTER_UNAVAILABLE}, {@link
   *     dev.strongroom.core.problem.ProblemCode#CLUSTER_ACCESS_REFUSED}
   */
  public @Nullable ClusterView view(Identity identity, ModelVersion target) {
    Cluster cluster = byIssuer.get(identity.issuer());
    if (cluster == null) {
      return null;
    }
    BoundPod bound = BoundPod.of(identity);
    JsonNode pod = cluster.server().get(path(bound)).orElse(null);
    Clause access = access(cluster, bound, target);
    return PodChecks.liveness(bound, pod)
        .map(fault -> new ClusterView(null, List.of(fault), access))
        .orElseGet(() -> live(cluster.config(), pod, access));
  }

  private static @Nullable Clause access(Cluster cluster, BoundPod bound, ModelVersion target) {
    return cluster.config().authorisation() == Authorisation.RBAC
        ? AccessReview.ask(cluster.server(), bound, target)
        : null;
  }

  // Names of Kubernetes are DNS labels or subdomains: nothing in them means anything in a path.
  private static String path(BoundPod bound) {
    return "/api/v1/namespaces/" + bound.namespace() + "/pods/" + bound.name();
  }

  private static ClusterView live(
      KubernetesConfig config, @Nullable JsonNode pod, @Nullable Clause access) {
    if (pod == null) {
      throw new IllegalStateException("a pod that lives is there");
    }
    try {
      PodPosture posture = new PodParser(config.audience()).posture(pod);
      return new ClusterView(
          posture, PodChecks.faults(posture, config.audience(), config.sidecar()), access);
    } catch (Problem e) {
      return new ClusterView(
          null,
          List.of(
              PodChecks.forbidden(
                  "pod size",
                  "a pod fits into an entry of the log",
                  Map.of("why not", String.valueOf(e.getMessage())),
                  "the pod would have to be smaller")),
          access);
    }
  }
}
