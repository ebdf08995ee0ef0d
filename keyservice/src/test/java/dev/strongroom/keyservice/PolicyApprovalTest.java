package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Policies over real connections: approved, tried, and asked about afterwards. */
@Timeout(120)
final class PolicyApprovalTest {
  @TempDir private Path folder;

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    return StrictJson.mapper().readTree(answer.body());
  }

  @Test
  void anApprovedPolicyDecidesGrants() throws Exception {
    PublisherKey alice = PublisherKey.generate(SignatureAlgorithm.EDDSA);
    alice.write(folder.resolve("alice.pem"));
    try (TestService service = TestService.start(folder)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      service.restart(
          "policyFile: policy.yaml",
          "policy: {approvers: [{name: alice, publicKeyFile: alice.pem.pub}], threshold: 1}\n"
              + "administrators: [{issuer: \"https://issuer.test\", subject: operator}]");
      TestCaller operator = TestCaller.of(service, TestService.OPERATOR);
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(403, workload.ask(chat.target()).statusCode(), "nothing was approved yet");
      }
      JsonNode head = good(operator.get("/v1/policy"));
      assertEquals(0, head.path("version").asInt());
      PolicyStatement first =
          PolicyStatement.after(
              TestService.ORIGIN, 0, null, Files.readString(service.policyFile()), "the first");
      Object envelope =
          StrictJson.mapper()
              .readTree(
                  DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, first.bytes(), alice).toJson());
      refused(
          TestCaller.of(service, TestService.OPERATOR).post("/v1/policy", Map.of("a", "b")),
          ProblemCode.MALFORMED_REQUEST);
      assertEquals(
          403,
          TestCaller.of(service, TestService.STRANGER).post("/v1/policy", envelope).statusCode());
      assertEquals(1, good(operator.post("/v1/policy", envelope)).path("version").asInt());
      service.restart();
      operator = TestCaller.of(service, TestService.OPERATOR);
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(chat.target()).statusCode());
      }
      assertEquals(
          "the first", good(operator.get("/v1/policy/versions")).at("/versions/0/reason").asText());
      assertEquals(
          first.policy(), good(operator.get("/v1/policy/versions/1")).path("text").asText());
      refused(operator.get("/v1/policy/versions/2"), ProblemCode.NOT_FOUND);
      LogEvent.PolicyApplied last =
          service.log().stream()
              .filter(LogEvent.PolicyApplied.class::isInstance)
              .map(LogEvent.PolicyApplied.class::cast)
              .reduce((a, b) -> b)
              .orElseThrow();
      assertEquals(1L, last.version());
      assertEquals(java.util.List.of("alice"), last.approvers());
      assertEquals("https://issuer.test|operator", last.by());
    }
  }

  @Test
  void whereAFileRulesNothingIsApplied() throws Exception {
    try (TestService service =
        TestService.start(
            folder, "administrators: [{issuer: \"https://issuer.test\", subject: root}]\n")) {
      TestCaller root = TestCaller.of(service, "root");
      assertEquals("file", good(root.get("/v1/policy")).path("source").asText());
      PublisherKey key = PublisherKey.generate(SignatureAlgorithm.EDDSA);
      PolicyStatement statement =
          PolicyStatement.after(TestService.ORIGIN, 0, null, "format: x", null);
      refused(
          root.post(
              "/v1/policy",
              StrictJson.mapper()
                  .readTree(
                      DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), key)
                          .toJson())),
          ProblemCode.POLICY_FILE_RULES);
      refused(root.get("/v1/policy/versions"), ProblemCode.POLICY_FILE_RULES);
    }
  }

  @Test
  void aCandidateJudgesLiveRequestsWithoutEffect() throws Exception {
    try (TestService service =
            TestService.start(
                folder, "administrators: [{issuer: \"https://issuer.test\", subject: root}]\n");
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      TestCaller root = TestCaller.of(service, "root");
      refused(root.get("/v1/policy/dry-run"), ProblemCode.NOT_FOUND);
      refused(
          root.post("/v1/policy/dry-run", Map.of("policy", "format: x\n", "seconds", 60)),
          ProblemCode.POLICY_INVALID);
      String stricter =
          Files.readString(service.policyFile())
              .replace("model.name != \"acme/forbidden\"", "identity.claims.team == \"ml\"");
      JsonNode begun =
          good(root.post("/v1/policy/dry-run", Map.of("policy", stricter, "seconds", 3600)));
      assertTrue(begun.path("running").asBoolean());
      refused(
          root.post("/v1/policy/dry-run", Map.of("policy", stricter, "seconds", 60)),
          ProblemCode.DRY_RUN_ACTIVE);
      assertEquals(200, workload.ask(chat.target()).statusCode(), "without effect");
      assertEquals(200, workload.ask(chat.target()).statusCode());
      assertEquals(403, stranger.ask(chat.target()).statusCode());
      JsonNode report = good(root.get("/v1/policy/dry-run"));
      while (report.path("refused").asInt() < 2) {
        report = good(root.get("/v1/policy/dry-run"));
      }
      assertEquals(1, report.path("differences").size(), report::toString);
      JsonNode difference = report.path("differences").path(0);
      assertEquals(2, difference.path("count").asInt());
      assertEquals("allowed", difference.at("/inForce/outcome").asText());
      assertEquals("condition-failed", difference.at("/candidate/outcome").asText());
      assertTrue(difference.at("/candidate/nearest/0").asText().contains("identity.claims.team"));
      assertEquals(204, root.delete("/v1/policy/dry-run").statusCode());
      assertFalse(good(root.get("/v1/policy/dry-run")).path("running").asBoolean());
      assertEquals(200, workload.ask(chat.target()).statusCode());
      JsonNode ended = good(root.get("/v1/policy/dry-run"));
      assertEquals(2, ended.path("refused").asInt(), "it has ended");
    }
  }

  @Test
  void aDryRunEndsByItself() throws Exception {
    try (TestService service =
        TestService.start(
            folder, "administrators: [{issuer: \"https://issuer.test\", subject: root}]\n")) {
      TestCaller root = TestCaller.of(service, "root");
      JsonNode report =
          good(
              root.post(
                  "/v1/policy/dry-run",
                  Map.of("policy", Files.readString(service.policyFile()), "seconds", 1)));
      while (report.path("running").asBoolean()) {
        report = good(root.get("/v1/policy/dry-run"));
      }
      assertEquals(0, report.path("refused").asInt());
    }
  }

  @Test
  void whatWasAskedIsKeptWithoutTheToken() throws Exception {
    try (TestService service =
            TestService.start(
                folder, "administrators: [{issuer: \"https://issuer.test\", subject: root}]\n");
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      assertEquals(200, workload.ask(chat.target()).statusCode());
      assertEquals(403, stranger.ask(chat.target()).statusCode());
      TestCaller root = TestCaller.of(service, "root");
      HttpResponse<String> answer = root.get("/v1/decisions?model=acme/chat");
      while (json(answer).path("decisions").size() < 2) {
        answer = root.get("/v1/decisions?model=acme/chat");
      }
      JsonNode kept = good(answer).path("decisions");
      assertEquals("allowed", kept.at("/0/outcome").asText(), kept::toString);
      assertEquals("access-denied", kept.at("/1/outcome").asText());
      assertEquals(TestService.INFERENCE, kept.at("/0/request/identity/subject").asText());
      assertTrue(kept.at("/0/request/workload/mode").isTextual());
      assertFalse(answer.body().contains(workload.token()), "a token is a secret");
      long first = kept.at("/0/seq").asLong();
      assertEquals(
          1,
          good(root.get("/v1/decisions?model=acme/chat&after=" + first)).path("decisions").size());
      assertEquals(0, good(root.get("/v1/decisions?model=acme/x")).path("decisions").size());
      service.restart();
      TestCaller again = TestCaller.of(service, "root");
      assertEquals(2, good(again.get("/v1/decisions?model=acme/chat")).path("decisions").size());
      assertEquals(
          403, TestCaller.of(service, TestService.STRANGER).get("/v1/decisions").statusCode());
    }
  }
}
