package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.testkit.k8s.KubeApi;
import dev.strongroom.testkit.k8s.KubeApiServerBinary;
import dev.strongroom.testkit.k8s.KubeCluster;
import dev.strongroom.testkit.k8s.KubePod;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A key service beside a real API server, with the rights of the guide, and a namespace of its own
 * for workloads.
 */
final class KubeStage implements AutoCloseable {
  static final String ACCOUNT = "inference";
  static final String KEY_SERVICE = "strongroom-keyservice";

  private static final AtomicInteger NAMESPACES = new AtomicInteger();
  private static boolean prepared;

  private final KubeCluster cluster;
  private final TestService service;
  private String credentials;
  private final String namespace = "ml-" + NAMESPACES.incrementAndGet();

  private KubeStage(Path folder, String more, List<AttestationVerifier> verifiers)
      throws IOException {
    this.cluster = prepared();
    cluster.api().namespace(namespace);
    cluster.api().serviceAccount(namespace, ACCOUNT);
    this.service = TestService.start(folder, verifiers);
    Path token = folder.resolve("cluster-token");
    Files.writeString(
        token, cluster.api().unboundToken("strongroom", KEY_SERVICE, KubeCluster.ISSUER));
    this.credentials = "{tokenFile: " + token + "}";
    service.restart("publishers:", kubernetes(credentials, more) + "publishers:");
  }

  /** From now on the key service proves itself to the cluster by these. */
  void useCredentials(String others) {
    service.restart(credentials, others);
    credentials = others;
  }

  /** Gives a user the rights of the guide, beside those who have them. */
  void letIn(String user) throws IOException {
    String binding =
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: %1$s-%2$s
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %3$s}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %1$s}]
        """
            .formatted(user, namespace, KEY_SERVICE);
    api().apply(binding);
    api().awaitAllowed(user, "{\"verb\":\"get\",\"resource\":\"pods\"}");
  }

  /** Starts with the defaults. */
  static KubeStage start(Path folder) throws IOException {
    return start(folder, "");
  }

  /**
   * Starts, or skips the test where there is no API server.
   *
   * @param more lines about the cluster
   */
  static KubeStage start(Path folder, String more) throws IOException {
    return start(folder, more, List.of());
  }

  /** The same with verifiers of hardware that is not there. */
  static KubeStage start(Path folder, String more, List<AttestationVerifier> verifiers)
      throws IOException {
    Optional<String> missing = KubeApiServerBinary.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    return new KubeStage(folder, more, verifiers);
  }

  private static synchronized KubeCluster prepared() throws IOException {
    KubeCluster cluster = KubeCluster.shared();
    if (!prepared) {
      cluster.api().namespace("strongroom");
      cluster.api().apply(guide("kind: ClusterRole\n"));
      cluster
          .api()
          .awaitAllowed(
              "system:serviceaccount:strongroom:" + KEY_SERVICE,
              "{\"verb\":\"get\",\"resource\":\"pods\"}");
      prepared = true;
    }
    return cluster;
  }

  /** The block of YAML of the guide that holds this text. */
  static String guide(String text) throws IOException {
    String guide = Files.readString(Path.of("../docs/guide/kubernetes-identity.md"));
    Matcher block = Pattern.compile("(?s)```yaml\n(.*?)```").matcher(guide);
    while (block.find()) {
      if (block.group(1).contains(text)) {
        return block.group(1);
      }
    }
    throw new IllegalStateException("the guide has no block with " + text);
  }

  private String kubernetes(String credentials, String more) {
    return """
      kubernetes:
        - issuer: %s
          apiServer: %s
          caFile: %s
          audience: %s
          credentials: %s
    """
            .formatted(
                KubeCluster.ISSUER,
                cluster.address(),
                cluster.caFile(),
                TestService.AUDIENCE,
                credentials)
        + more.indent(6);
  }

  KubeCluster cluster() {
    return cluster;
  }

  KubeApi api() {
    return cluster.api();
  }

  TestService service() {
    return service;
  }

  String namespace() {
    return namespace;
  }

  /** A pod of the service account, not made yet. */
  KubePod pod(String name) {
    return KubePod.of(namespace, name, ACCOUNT, TestService.AUDIENCE);
  }

  /** Lets the service account decrypt a version, as the guide says. */
  void allow(String name) throws IOException {
    api()
        .apply(
            guide("kind: RoleBinding")
                .replace("namespace: ml\n", "namespace: " + namespace + "\n")
                .replace("acme.chat.3", name));
    api()
        .awaitAllowed(
            "system:serviceaccount:" + namespace + ":" + ACCOUNT,
            """
            {"verb":"decrypt","group":"strongroom.dev","resource":"modelversions",
             "name":"%s","namespace":"%s"}
            """
                .formatted(name, namespace));
  }

  /** Makes a pod, and gives a workload in it. */
  Workload workload(KubePod pod) {
    return new Workload(pod, api().pod(pod));
  }

  /** What the explanation of a refusal says. */
  JsonNode explanation(String id) throws IOException, InterruptedException {
    return Answers.good(TestCaller.of(service, TestService.OPERATOR).get("/v1/explanations/" + id));
  }

  /** What runs in a pod. */
  final class Workload {
    private final KubePod pod;
    private final String uid;

    private Workload(KubePod pod, String uid) {
      this.pod = pod;
      this.uid = uid;
    }

    String uid() {
      return uid;
    }

    /** A token as the kubelet would project it now. */
    String token() {
      return api().boundToken(namespace, ACCOUNT, TestService.AUDIENCE, pod);
    }

    HttpResponse<String> ask(ModelVersion target) throws IOException, InterruptedException {
      return ask(target, token());
    }

    HttpResponse<String> ask(ModelVersion target, String token)
        throws IOException, InterruptedException {
      try (TestWorkload workload = asker(token)) {
        return ask(target, workload);
      }
    }

    HttpResponse<String> ask(ModelVersion target, TestWorkload workload)
        throws IOException, InterruptedException {
      return workload.ask(target, this::named);
    }

    TestWorkload asker(String token) {
      return new TestWorkload(service, token, SealSuite.X25519, SignatureAlgorithm.EDDSA);
    }

    GrantBody named(GrantBody body) {
      return TestWorkload.with(
          body,
          body.origin(),
          body.nonce(),
          body.tokenHash(),
          body.evidenceDigests(),
          uid,
          body.mode());
    }
  }

  /** A token whose signature does not hold. */
  static String forged(String token) {
    int signature = token.lastIndexOf('.') + 1;
    byte[] bytes = Base64.getUrlDecoder().decode(token.substring(signature));
    bytes[0] ^= 1;
    return token.substring(0, signature)
        + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    service.close();
  }
}
