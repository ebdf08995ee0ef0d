package dev.strongroom.keyservice.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.PodPosture.Container;
import dev.strongroom.core.event.PodPosture.Kind;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workloads of a cluster before the policy. */
class PodPolicyTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Clause ALLOWED = new Clause("RBAC", true, "decrypt", Map.of(), null);
  private static final Clause FORBIDDEN = new Clause("RBAC", false, "decrypt", Map.of(), "bind");
  private static final String NO_BINDINGS =
      """
      format: strongroom-policy/v1
      evidence: [{models: ["*"], allowUnattested: true}]
      """;

  private static CompiledPolicy policy(String more) {
    return new CompiledPolicy(PolicyDocument.parse(NO_BINDINGS + more).orThrow("the policy"));
  }

  private static PodPosture pod(List<String> hostPaths, List<String> capabilities) {
    return new PodPosture(
        "ml",
        "chat-0",
        "uid-1",
        "node-1",
        "chat",
        "kata",
        false,
        false,
        false,
        false,
        false,
        hostPaths,
        List.of(
            new Container(
                "server",
                Kind.CONTAINER,
                "server:1",
                "sha256:" + "7".repeat(64),
                false,
                capabilities,
                false,
                false,
                false)));
  }

  private static Decision ask(CompiledPolicy policy, @Nullable ClusterView cluster) {
    return policy.decide(
        new AccessRequest(
            Action.DECRYPT,
            new Identity("https://cluster", "system:serviceaccount:ml:chat", Map.of(), null, NOW),
            new ModelName("acme/chat"),
            new VersionId("3"),
            new AccessRequest.Workload(
                DeliveryMode.SIDECAR,
                ExpiryMode.WIPE,
                null,
                "uid-1",
                List.of(),
                EvidenceClaims.NONE,
                NOW,
                cluster),
            "10.0.0.1",
            NOW));
  }

  private static ClusterView view(List<String> hostPaths, String... capabilities) {
    return new ClusterView(pod(hostPaths, List.of(capabilities)), List.of(), ALLOWED);
  }

  private static Decision.Refused refused(ProblemCode code, Decision decision) {
    Decision.Refused refused = assertInstanceOf(Decision.Refused.class, decision);
    assertEquals(code, refused.code());
    return refused;
  }

  @Test
  void theClusterTakesThePlaceOfBindingsWhereItIsAsked() {
    assertInstanceOf(Decision.Allowed.class, ask(policy(""), view(List.of())));
    Decision.Refused refused =
        refused(
            ProblemCode.ACCESS_DENIED,
            ask(policy(""), new ClusterView(pod(List.of(), List.of()), List.of(), FORBIDDEN)));
    assertTrue(refused.explanation().clauses().contains(FORBIDDEN));
    // Not asked: bindings decide, and there is none; nor for an identity of no cluster.
    refused(
        ProblemCode.ACCESS_DENIED,
        ask(policy(""), new ClusterView(pod(List.of(), List.of()), List.of(), null)));
    refused(ProblemCode.ACCESS_DENIED, ask(policy(""), null));
  }

  @Test
  void aBindingDoesNotHelpWhereTheClusterSaysNo() {
    CompiledPolicy binding =
        policy(
            """
            bindings:
              - name: all
                actions: [decrypt]
                subjects: [{issuer: "https://cluster", subject: "system:serviceaccount:ml:chat"}]
                models: ["*"]
            """);
    refused(
        ProblemCode.ACCESS_DENIED,
        ask(binding, new ClusterView(pod(List.of(), List.of()), List.of(), FORBIDDEN)));
  }

  @Test
  void aFaultRefusesWhateverIsAllowed() {
    Clause gone = new Clause("pod liveness", false, "", Map.of(), "live");
    refused(
        ProblemCode.POD_NOT_LIVE,
        ask(
            policy(""),
            new ClusterView(
                null, List.of(new ClusterView.Fault(ProblemCode.POD_NOT_LIVE, gone)), ALLOWED)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/var/lib/x", "/", "/dev/shm2", "/dev/shm/../..", "/dev"})
  void hostPathsAreAllowedByPath(String path) {
    CompiledPolicy rule = policy("pods: [{models: [acme/chat], hostPaths: [/dev/shm]}]");
    refused(ProblemCode.POSTURE_FORBIDDEN, ask(rule, view(List.of(path))));
    assertInstanceOf(Decision.Allowed.class, ask(rule, view(List.of("/dev/shm", "/dev/shm/a"))));
  }

  @Test
  void capabilitiesBeyondTheBaselineAreAllowedByName() {
    assertInstanceOf(
        Decision.Allowed.class, ask(policy(""), view(List.of(), "CHOWN", "NET_BIND_SERVICE")));
    refused(ProblemCode.POSTURE_FORBIDDEN, ask(policy(""), view(List.of(), "IPC_LOCK")));
    CompiledPolicy rule = policy("pods: [{models: [acme/chat], capabilities: [IPC_LOCK]}]");
    assertInstanceOf(Decision.Allowed.class, ask(rule, view(List.of(), "IPC_LOCK")));
    refused(ProblemCode.POSTURE_FORBIDDEN, ask(rule, view(List.of(), "ALL")));
  }

  @Test
  void theNarrowestRuleDecides() {
    CompiledPolicy rules =
        policy(
            """
            pods:
              - {models: ["*"], capabilities: [IPC_LOCK]}
              - {models: [acme/chat], hostPaths: [/dev/shm]}
            """);
    refused(ProblemCode.POSTURE_FORBIDDEN, ask(rules, view(List.of(), "IPC_LOCK")));
  }

  @Test
  void conditionsSeeThePodAndRefuseWithoutOne() {
    String condition =
        """
        bindings:
          - name: all
            actions: [decrypt]
            subjects: [{issuer: "https://cluster", subject: "system:serviceaccount:ml:chat"}]
            models: ["*"]
        conditions:
          - name: kata
            models: ["*"]
            expression: >-
              !workload.pod.privileged && workload.pod.runtimeClass == "kata"
              && workload.pod.containers.all(c, c.imageDigest.startsWith("sha256:7"))
        """;
    assertInstanceOf(Decision.Allowed.class, ask(policy(condition), view(List.of())));
    refused(ProblemCode.CONDITION_FAILED, ask(policy(condition), null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pods: [{models: [acme/chat], allow: [root]}]",
        "pods: [{models: [acme/chat], hostPaths: [dev]}]",
        "pods: [{models: [acme/chat], hostPaths: [/dev/../etc]}]",
        "pods: [{models: [acme/chat], capabilities: [CAP_IPC_LOCK]}]",
        "pods: [{models: []}]",
        "pods: [{models: [acme/chat]}, {models: [acme/chat]}]"
      })
  void aRuleThatMeansNothingIsAFault(String rules) {
    assertInstanceOf(Reading.Invalid.class, PolicyDocument.parse(NO_BINDINGS + rules));
  }
}
