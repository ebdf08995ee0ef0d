package dev.strongroom.benchmarks;

import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.testkit.attest.SnpGuest;
import dev.strongroom.testkit.k8s.KubeApiServerBinary;
import dev.strongroom.testkit.k8s.KubeCluster;
import dev.strongroom.testkit.k8s.KubePod;
import dev.strongroom.testkit.process.ChildJvm;
import dev.strongroom.testkit.stage.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;

/**
 * Grants that rest on all at once: a report of SEV-SNP made for the request, a token bound to a pod
 * that the API server reviews, the pod read live, and RBAC asked. Each connection is a pod of its
 * own. API server, etcd, key service and load share the cores.
 */
final class AttestedGrantBenchmark {
  private static final int[] CONNECTIONS = {1, 8, 32};
  private static final int MOST = 32;
  private static final long WARM_UP_NANOS = 8_000_000_000L;
  private static final String MODEL = "acme/small";
  private static final String NAMESPACE = "ml";
  private static final String ACCOUNT = "inference";

  private final SnpGuest guest = new SnpGuest();

  /** One connection's pod. */
  private record Pod(KubePod pod, String uid) {}

  void run(Path distribution, Path folder, Report report) throws Exception {
    Optional<String> missing = KubeApiServerBinary.missing();
    if (missing.isPresent()) {
      System.err.println("  no figures for grants: " + missing.get());
      return;
    }
    try (KubeCluster cluster = KubeCluster.start(Files.createDirectory(folder.resolve("kube")));
        Stage stage =
            Stage.open(distribution, folder.resolve("stage"), Stage.Settings.USUAL.leases(3600))) {
      stage.publish(Scratch.randomModel(folder.resolve("model"), 1 << 20), MODEL, "1").expect(0);
      stage.stopKeyService();
      List<Pod> pods = pods(cluster);
      configure(cluster, stage);
      try (ChildJvm service = start(stage, folder)) {
        SSLSocketFactory tls = TlsTrust.of(stage.certificate()).getSocketFactory();
        GrantBenchmark.Loads loads = number -> loads(cluster, stage, tls, pods.subList(0, number));
        var _ = GrantBenchmark.round(loads.of(MOST), WARM_UP_NANOS);
        for (int connections : CONNECTIONS) {
          GrantBenchmark.measure(
              "grants, sev-snp and Kubernetes", service.pid(), loads, connections, report);
        }
      }
    }
  }

  private static List<Pod> pods(KubeCluster cluster) throws Exception {
    cluster.api().namespace(NAMESPACE);
    cluster.api().serviceAccount(NAMESPACE, ACCOUNT);
    cluster.api().namespace("strongroom");
    String guide = Files.readString(Path.of("docs/guide/kubernetes-identity.md"));
    cluster.api().apply(block(guide, "kind: ClusterRole\n"));
    cluster.api().apply(block(guide, "kind: RoleBinding").replace("acme.chat.3", "acme.small.1"));
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      KubePod pod = KubePod.of(NAMESPACE, "pod-" + i, ACCOUNT, Stage.AUDIENCE);
      pods.add(new Pod(pod, cluster.api().pod(pod)));
    }
    return pods;
  }

  private static String block(String guide, String text) {
    for (String part : guide.split("```yaml\n", -1)) {
      String block = part.split("```", -1)[0];
      if (block.contains(text)) {
        return block;
      }
    }
    throw new IllegalStateException("the guide has no block with " + text);
  }

  private static void configure(KubeCluster cluster, Stage stage) throws Exception {
    Path token = stage.folder().resolve("cluster-token");
    Files.writeString(
        token,
        cluster.api().unboundToken("strongroom", "strongroom-keyservice", KubeCluster.ISSUER));
    String kubernetes =
        """
        identity:
          kubernetes:
            - issuer: %s
              apiServer: %s
              caFile: %s
              audience: %s
              credentials: {tokenFile: %s}
        """
            .formatted(
                KubeCluster.ISSUER, cluster.address(), cluster.caFile(), Stage.AUDIENCE, token);
    replace(stage.config(), "identity:\n", kubernetes);
    replace(
        stage.folder().resolve("policy.yaml"),
        "{models: [\"acme/*\"], allowUnattested: true}",
        "{models: [\"acme/*\"], allOf: [sev-snp]}");
  }

  private static void replace(Path file, String before, String after) throws Exception {
    String text = Files.readString(file);
    if (!text.contains(before)) {
      throw new IllegalStateException(file + " has no '" + before + "'");
    }
    Files.writeString(file, text.replace(before, after));
  }

  private ChildJvm start(Stage stage, Path folder) throws Exception {
    ChildJvm service =
        ChildJvm.start(
            AttestedServiceMain.class,
            stage.config().toString(),
            file(folder.resolve("root.der"), guest.root()),
            file(folder.resolve("authority.der"), guest.authority()));
    service.awaitLine("listening on", Duration.ofMinutes(1));
    return service;
  }

  private static String file(Path file, X509Certificate certificate) throws Exception {
    return Files.write(file, certificate.getEncoded()).toString();
  }

  private List<GrantLoad> loads(
      KubeCluster cluster, Stage stage, SSLSocketFactory tls, List<Pod> pods) throws Exception {
    List<GrantLoad> loads = new ArrayList<>();
    for (Pod each : pods) {
      String token = cluster.api().boundToken(NAMESPACE, ACCOUNT, Stage.AUDIENCE, each.pod());
      loads.add(
          new GrantLoad(
              stage, tls, MODEL, "1", new GrantLoad.Proof(token, each.uid(), this::evidence)));
    }
    return loads;
  }

  private List<Evidence> evidence(KeyBinding binding) {
    return List.of(new Evidence("sev-snp", Blob.of(guest.evidence(binding.reportData(null)))));
  }
}
