package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.k8s.KubePod;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grants to pods of a real API server, whose tokens it issued and reviews. */
@Timeout(300)
class KubernetesGrantTest {
  private static final String NAME = "acme.chat.3";

  @TempDir private Path folder;
  private KubeStage stage;
  private ModelVersion target;

  @BeforeEach
  void start() throws Exception {
    stage = KubeStage.start(folder);
    target = PublishedModel.publish(stage.service(), "acme/chat", "3").target();
  }

  @AfterEach
  void stop() {
    if (stage != null) {
      stage.close();
    }
  }

  private KubeStage.Workload allowed(KubePod pod) throws IOException {
    stage.allow(NAME);
    return stage.workload(pod);
  }

  private Grant granted(HttpResponse<String> answer) throws IOException {
    return PublishedModel.payload(good(answer, GrantResponse.class).grant(), Grant.class);
  }

  /** The clause that refused; its explanation has to be there. */
  private JsonNode clause(HttpResponse<String> answer, ProblemCode code, String name)
      throws Exception {
    JsonNode explanation = stage.explanation(explained(answer, code));
    for (JsonNode clause : explanation.findPath("clauses")) {
      if (clause.path("name").asText().startsWith(name) && !clause.path("held").asBoolean()) {
        return clause;
      }
    }
    throw new AssertionError("no clause " + name + ": " + explanation.toPrettyString());
  }

  @Test
  void aBoundTokenGetsAGrantAndTheLogHasThePod() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    Grant grant = granted(workload.ask(target));
    assertEquals(workload.uid(), grant.podUid());
    LogEvent.GrantIssued entry = stage.service().log(LogEvent.GrantIssued.class).getFirst();
    assertNotNull(entry.tokenId());
    PodPosture pod = entry.pod();
    assertNotNull(pod);
    assertEquals(stage.namespace(), pod.namespace());
    assertEquals("chat-0", pod.name());
    assertEquals(workload.uid(), pod.uid());
    assertEquals("node-1", pod.node());
    assertEquals(KubeStage.ACCOUNT, pod.serviceAccount());
    assertFalse(pod.automount());
    assertEquals(List.of(KubePod.SIDECAR_DIGEST, "sha256:" + "7".repeat(64)), pod.imageDigests());
    assertEquals(List.of("strongroom"), pod.named(PodPosture.Container::mountsIdentity));
  }

  @Test
  void aTokenThatIsNotOursIsRefused() throws Exception {
    KubePod pod = stage.pod("chat-0");
    KubeStage.Workload workload = allowed(pod);
    refused(
        workload.ask(
            target,
            stage.api().boundToken(stage.namespace(), KubeStage.ACCOUNT, "https://other", pod)),
        ProblemCode.TOKEN_AUDIENCE_MISMATCH);
    refused(workload.ask(target, KubeStage.forged(workload.token())), ProblemCode.TOKEN_REFUSED);
    refused(
        workload.ask(
            target,
            stage.api().unboundToken(stage.namespace(), KubeStage.ACCOUNT, TestService.AUDIENCE)),
        ProblemCode.TOKEN_CLAIM_MISSING);
  }

  @Test
  void aPodThatWasDeletedGetsNothingThoughItsTokenIsStillSaidToBeGood() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    String token = workload.token();
    granted(workload.ask(target, token));
    stage.api().deleteNow(stage.namespace(), "chat-0");
    HttpResponse<String> answer = workload.ask(target, token);
    assertTrue(stage.api().reviews(token, TestService.AUDIENCE), "the review is remembered");
    JsonNode clause = clause(answer, ProblemCode.POD_NOT_LIVE, "pod liveness");
    assertTrue(clause.path("wouldChange").asText().contains("deleted"), clause.toString());
  }

  @Test
  void aPodWhoseEndWasAskedForGetsNothing() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    stage.api().terminate(stage.namespace(), "chat-0");
    JsonNode clause = clause(workload.ask(target), ProblemCode.POD_NOT_LIVE, "pod liveness");
    assertTrue(clause.at("/values").has("pod.deletionTimestamp"), clause.toString());
  }

  @Test
  void aTokenOfAPodThatHadTheSameNameIsRefused() throws Exception {
    KubeStage.Workload first = allowed(stage.pod("chat-0"));
    String token = first.token();
    granted(first.ask(target, token));
    stage.api().deleteNow(stage.namespace(), "chat-0");
    KubeStage.Workload second = stage.workload(stage.pod("chat-0"));
    assertNotEquals(first.uid(), second.uid());
    JsonNode clause = clause(first.ask(target, token), ProblemCode.POD_NOT_LIVE, "pod liveness");
    assertEquals(second.uid(), clause.at("/values/pod.uid").asText());
    // And the uid of the one that lives does not go with the token of the other.
    refused(second.ask(target, token), ProblemCode.TOKEN_CLAIM_MISSING);
    granted(second.ask(target));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          privileged              | server | {"securityContext":{"privileged":true}}
          host-network            | spec   | {"hostNetwork":true}
          host-pid                | spec   | {"hostPID":true}
          host-ipc                | spec   | {"hostIPC":true}
          share-process-namespace | spec   | {"shareProcessNamespace":true}
          nvidia-visible-devices  | server | {"env":[{"name":"NVIDIA_VISIBLE_DEVICES","value":"all"}]}
          host-path               | volume | {"name":"host","hostPath":{"path":"/var/lib/kubelet"}}
          capabilities            | server | {"securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}}
          """)
  void aPodThatGivesOthersAWayInIsRefusedWithTheClauseNamed(
      String feature, String where, String change) throws Exception {
    KubePod plain = stage.pod("chat-0");
    KubePod pod =
        switch (where) {
          case "server" -> plain.withServer(change);
          case "volume" -> plain.withVolume(change);
          default -> plain.withSpec(change);
        };
    KubeStage.Workload workload = allowed(pod);
    JsonNode clause = clause(workload.ask(target), ProblemCode.POSTURE_FORBIDDEN, "pod " + feature);
    assertFalse(clause.path("wouldChange").asText().isEmpty());
    // A rule for this model lets it be.
    permit(
        """
        pods:
          - models: [acme/chat]
            %s
        """
            .formatted(
                switch (feature) {
                  case "host-path" -> "hostPaths: [/var/lib]";
                  case "capabilities" -> "capabilities: [SYS_PTRACE]";
                  default -> "allow: [" + feature + "]";
                }));
    granted(workload.ask(target));
  }

  private void permit(String rules) throws IOException {
    Path policy = stage.service().policyFile();
    Files.writeString(policy, Files.readString(policy) + rules);
    stage.service().restart();
  }

  @Test
  void aContainerPutIntoTheRunningPodEndsItsRight() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    GrantResponse response;
    TestCaller holder;
    try (TestWorkload asker = workload.asker(workload.token())) {
      response = good(workload.ask(target, asker), GrantResponse.class);
      holder = new TestCaller(stage.service(), asker.proofKey(), workload.token());
    }
    String renew =
        "/v1/leases/" + PublishedModel.payload(response.grant(), Grant.class).lease() + "/renew";
    good(holder.post(renew, new Lease.Renew(1)));
    stage.api().debug(stage.namespace(), "chat-0", "debugger");
    JsonNode clause =
        clause(
            holder.post(renew, new Lease.Renew(2)),
            ProblemCode.POSTURE_FORBIDDEN,
            "pod ephemeral-containers");
    assertTrue(clause.at("/values/seen").asText().contains("debugger"), clause.toString());
    clause(workload.ask(target), ProblemCode.POSTURE_FORBIDDEN, "pod ephemeral-containers");
  }

  @Test
  void aRenewalReadsThePodAgain() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    String token = workload.token();
    TestCaller holder;
    Grant grant;
    try (TestWorkload asker = workload.asker(token)) {
      grant = granted(workload.ask(target, asker));
      holder = new TestCaller(stage.service(), asker.proofKey(), token);
    }
    String renew = "/v1/leases/" + grant.lease() + "/renew";
    good(holder.post(renew, new Lease.Renew(1)));
    stage.api().deleteNow(stage.namespace(), "chat-0");
    HttpResponse<String> answer = holder.post(renew, new Lease.Renew(2));
    assertTrue(stage.api().reviews(token, TestService.AUDIENCE), "the review is remembered");
    clause(answer, ProblemCode.POD_NOT_LIVE, "pod liveness");
  }

  @Test
  void aTokenThatASecondContainerMountsIsRefused() throws Exception {
    KubeStage.Workload workload =
        allowed(
            stage
                .pod("chat-0")
                .withServer(
                    "{\"volumeMounts\":[{\"name\":\"identity\",\"mountPath\":\"/run/id\"}]}"));
    JsonNode clause =
        clause(workload.ask(target), ProblemCode.POSTURE_FORBIDDEN, "pod identity token");
    assertEquals("[strongroom, server]", clause.at("/values/mounted by").asText());
  }

  @Test
  void whoMayDecryptIsForTheClusterToSay() throws Exception {
    KubeStage.Workload workload = stage.workload(stage.pod("chat-0"));
    JsonNode clause = clause(workload.ask(target), ProblemCode.ACCESS_DENIED, "RBAC");
    String change = clause.path("wouldChange").asText();
    assertTrue(change.contains("may not decrypt modelversions/" + NAME), change);
    assertTrue(change.contains("create a RoleBinding"), change);
    stage.allow(NAME);
    granted(workload.ask(target));
    ModelVersion other = PublishedModel.publish(stage.service(), "acme/chat", "4").target();
    clause(workload.ask(other), ProblemCode.ACCESS_DENIED, "RBAC");
  }

  @Test
  void withoutItsApiServerNothingIsGrantedUntilItIsBack() throws Exception {
    KubeStage.Workload workload = allowed(stage.pod("chat-0"));
    String token = workload.token();
    granted(workload.ask(target, token));
    stage.cluster().kill();
    try {
      HttpResponse<String> answer = workload.ask(target, token);
      refused(answer, ProblemCode.CLUSTER_UNAVAILABLE);
      assertEquals("1", answer.headers().firstValue("Retry-After").orElse(""));
      String ready = stage.service().management("/readyz").body();
      while (ready.contains("\"ready\":true")) { // what it saw a moment ago
        ready = stage.service().management("/readyz").body();
      }
      assertTrue(ready.contains("kubernetes " + stage.cluster().address().getAuthority()), ready);
      assertTrue(ready.contains("cluster-unavailable"), ready);
    } finally {
      stage.cluster().restart();
    }
    granted(workload.ask(target, token));
  }
}
