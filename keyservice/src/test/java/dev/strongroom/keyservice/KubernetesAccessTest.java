package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.check.ConfigCheck;
import dev.strongroom.keyservice.config.check.Finding;
import dev.strongroom.testkit.attest.SnpGuest;
import dev.strongroom.testkit.k8s.KubePod;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a key service is set up beside a real API server. */
@Timeout(300)
class KubernetesAccessTest {
  private static final String NAME = "acme.chat.3";

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  private KubeStage stage;

  @AfterEach
  @SuppressWarnings("NullAway") // a start that failed leaves none
  void stop() {
    if (stage != null) {
      stage.close();
    }
  }

  private ModelVersion published() throws Exception {
    return PublishedModel.publish(stage.service(), "acme/chat", "3").target();
  }

  @Test
  void ourSidecarIsToldByItsImage() throws Exception {
    stage =
        KubeStage.start(folder, "sidecar: {imageDigests: [\"" + KubePod.SIDECAR_DIGEST + "\"]}");
    ModelVersion target = published();
    stage.allow(NAME);
    var _ = good(stage.workload(stage.pod("chat-0")).ask(target), GrantResponse.class);
    HttpResponse<String> replaced =
        stage
            .workload(stage.pod("chat-1").withSidecar("{\"command\":[\"cat\",\"/run/identity\"]}"))
            .ask(target);
    String why = explained(replaced, ProblemCode.POSTURE_FORBIDDEN);
    assertTrue(stage.explanation(why).toString().contains("pod sidecar"));
    stage.service().restart(KubePod.SIDECAR_DIGEST, "sha256:" + "6".repeat(64));
    HttpResponse<String> other = stage.workload(stage.pod("chat-2")).ask(target);
    why = explained(other, ProblemCode.POSTURE_FORBIDDEN);
    assertTrue(stage.explanation(why).toString().contains("pod sidecar"));
  }

  @Test
  void theBindingsOfThePolicyMayDecideInstead() throws Exception {
    stage = KubeStage.start(folder, "authorisation: bindings");
    ModelVersion target = published();
    KubeStage.Workload workload = stage.workload(stage.pod("chat-0"));
    // The cluster would allow it.
    stage.allow(NAME);
    String why = explained(workload.ask(target), ProblemCode.ACCESS_DENIED);
    assertTrue(stage.explanation(why).toString().contains("binding"));
    stage
        .service()
        .changePolicy(
            "subjects: [{issuer: \"https://issuer.test\", subject: \"system:serviceaccount:ml:inference\"}]",
            "subjects: [{issuer: \"https://kubernetes.default.svc\", claims: {/kubernetes.io/namespace: "
                + stage.namespace()
                + "}}]");
    var _ = good(workload.ask(target), GrantResponse.class);
  }

  @Test
  void aClientCertificateDoesAsWell() throws Exception {
    stage = KubeStage.start(folder);
    Path certificate = stage.cluster().clientCertificate(stage.namespace(), "keyservice");
    Path key = certificate.resolveSibling(stage.namespace() + "-key.pem");
    stage.useCredentials(
        "{clientCertificate: {certificate: " + certificate + ", key: " + key + "}}");
    ModelVersion target = published();
    stage.allow(NAME);
    KubeStage.Workload workload = stage.workload(stage.pod("chat-0"));
    // Known to the API server, and without a right.
    refused(workload.ask(target), ProblemCode.CLUSTER_ACCESS_REFUSED);
    String ready = stage.service().management("/readyz").body();
    assertTrue(ready.contains("cluster-access-refused"), ready);
    String missing = cluster().what();
    assertTrue(
        missing.endsWith(
            "does not let this service create tokenreviews.authentication.k8s.io, get pods,"
                + " create subjectaccessreviews.authorization.k8s.io"),
        missing);
    stage.letIn("keyservice");
    var _ = good(workload.ask(target), GrantResponse.class);
    assertEquals(Finding.Severity.OK, cluster().severity());
  }

  /** What doctor finds of the cluster. */
  private Finding cluster() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      List<Finding> findings =
          new ConfigCheck(InstantSource.system(), http)
              .check(stage.service().writeConfig()).stream()
                  .filter(finding -> finding.topic().equals("kubernetes"))
                  .toList();
      assertEquals(1, findings.size(), findings.toString());
      return findings.getFirst();
    }
  }

  @Test
  void evidenceOfAnotherPodIsRefused() throws Exception {
    SnpGuest guest = new SnpGuest();
    stage =
        KubeStage.start(
            folder,
            "",
            List.of(
                new SnpVerifier(
                    new PinnedRoots(List.of(guest.root()), List.of(guest.authority())),
                    Revocation.CHECKED_WHERE_GIVEN,
                    Set.of(0))));
    ModelVersion target = PublishedModel.publish(stage.service(), "acme/attested", "1").target();
    stage.allow("acme.attested.1");
    KubeStage.Workload first = stage.workload(stage.pod("chat-0"));
    KubeStage.Workload second = stage.workload(stage.pod("chat-1"));
    try (TestWorkload asker = first.asker(first.token())) {
      var _ = good(attested(asker, first, first, target, guest), GrantResponse.class);
      String why =
          explained(
              attested(asker, first, second, target, guest), ProblemCode.EVIDENCE_BINDING_MISMATCH);
      assertTrue(stage.explanation(why).toString().contains("binding-mismatch"));
    }
  }

  /** Asks as one pod, with evidence that binds another. */
  private static HttpResponse<String> attested(
      TestWorkload asker,
      KubeStage.Workload asking,
      KubeStage.Workload bound,
      ModelVersion target,
      SnpGuest guest)
      throws Exception {
    GrantBody body = asker.body(target, asker.nonce().nonce());
    List<Evidence> pieces =
        List.of(
            new Evidence(
                "sev-snp",
                Blob.of(
                    guest.evidence(
                        bound
                            .named(body)
                            .binding(asker.proofKey().thumbprint())
                            .reportData(null)))));
    return asker.send(asker.request(asking.named(body).with(pieces), pieces));
  }
}
