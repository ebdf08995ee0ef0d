package dev.strongroom.keyservice;

import dev.strongroom.keyservice.config.IdentityConfig;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.identity.TokenVerifier;
import dev.strongroom.keyservice.identity.kubernetes.ApiServer;
import dev.strongroom.keyservice.identity.kubernetes.ClusterProbe;
import dev.strongroom.keyservice.identity.kubernetes.TokenReviewVerifier;
import dev.strongroom.keyservice.posture.Clusters;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The API servers of the configured clusters, and what is asked of them.
 *
 * @param verifiers of tokens, by issuer
 * @param checks that each API server answers
 */
record ClusterAccess(
    Clusters clusters, Map<String, TokenVerifier> verifiers, List<Readiness.Check> checks) {
  ClusterAccess {
    verifiers = Map.copyOf(verifiers);
    checks = List.copyOf(checks);
  }

  static ClusterAccess open(
      IdentityConfig config, InstantSource clock, Deque<AutoCloseable> opened) {
    Map<String, Clusters.Cluster> clusters = new LinkedHashMap<>();
    Map<String, TokenVerifier> verifiers = new LinkedHashMap<>();
    List<Readiness.Check> checks = new ArrayList<>();
    for (KubernetesConfig cluster : config.kubernetes()) {
      ApiServer server = new ApiServer(cluster);
      opened.push(server);
      clusters.put(cluster.issuer(), new Clusters.Cluster(cluster, server));
      verifiers.put(cluster.issuer(), new TokenReviewVerifier(cluster, server, clock));
      checks.add(
          new Readiness.Check(
              "kubernetes " + server.name(), () -> ClusterProbe.requireReviews(server)));
    }
    return new ClusterAccess(new Clusters(clusters), verifiers, checks);
  }
}
