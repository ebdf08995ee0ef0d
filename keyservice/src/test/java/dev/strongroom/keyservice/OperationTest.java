package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as its operators see it: health, metrics, restart, policy, key files, limits. */
@Timeout(120)
final class OperationTest {
  @TempDir private Path folder;

  @Test
  void tellsHealthAndMetrics() throws Exception {
    try (TestService service = TestService.start(folder);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      assertEquals(200, workload.ask(chat.target()).statusCode());
      assertEquals(403, stranger.ask(chat.target()).statusCode());
      assertEquals(200, service.management("/livez").statusCode());
      HttpResponse<String> ready = service.management("/readyz");
      JsonNode report = StrictJson.mapper().readTree(ready.body());
      assertEquals(200, ready.statusCode(), ready.body());
      for (String check :
          new String[] {"log", "projector", "store", "storage", "keyBackend.tink"}) {
        assertEquals("ok", report.path("checks").path(check).asText(), ready.body());
      }
      String metrics = service.management("/metrics").body();
      for (String line :
          new String[] {
            "strongroom_grants_total{code=\"none\",outcome=\"granted\"} 1.0",
            "strongroom_grants_total{code=\"access-denied\",outcome=\"denied\"} 1.0",
            "strongroom_grant_duration_seconds_bucket",
            "strongroom_leases_live 1.0",
            "strongroom_log_entries",
            "strongroom_log_queue",
            "strongroom_decisions_dropped_total 0.0",
            "strongroom_kek_unwraps_seconds_count{backend=\"tink\"}",
            "strongroom_http_answers_seconds_count{route=\"POST /v1/grants\"} 2"
          }) {
        assertTrue(metrics.contains(line), () -> line + " is not in\n" + metrics);
      }
      assertEquals(404, service.management("/v1/grants").statusCode());
    }
  }

  @Test
  void isNotReadyWhenTheLogCannotBeWritten() throws Exception {
    try (TestService service = TestService.start(folder)) {
      assertEquals(200, service.management("/readyz").statusCode());
      Path log = service.config().log().directory();
      Path away = log.resolveSibling("log-away");
      Files.move(log, away);
      HttpResponse<String> ready = awaitStatus(service, 503);
      assertEquals(
          "failed", StrictJson.mapper().readTree(ready.body()).path("checks").path("log").asText());
      Files.move(away, log);
    }
  }

  @Test
  void saysWhyItIsNotReady() throws Exception {
    try (TestService service = TestService.start(folder)) {
      Files.delete(folder.resolve("objects").resolve("weights"));
      JsonNode report = StrictJson.mapper().readTree(awaitStatus(service, 503).body());
      assertEquals("failed", report.path("checks").path("storage").asText());
      JsonNode reason = report.path("reasons").path("storage");
      assertEquals("storage-unavailable", reason.path("code").asText());
      assertTrue(reason.path("message").asText().contains("404"), report::toString);
    }
  }

  private static HttpResponse<String> awaitStatus(TestService service, int status)
      throws Exception {
    HttpResponse<String> answer = service.management("/readyz");
    while (answer.statusCode() != status) {
      answer = service.management("/readyz");
    }
    return answer;
  }

  @Test
  void keepsItsKeysAndNoncesOverARestart() throws Exception {
    try (TestService service = TestService.start(folder);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      TrustBundle before = service.service().trust();
      GrantRequest used = workload.request(workload.body(chat.target(), workload.nonce().nonce()));
      assertEquals(200, workload.send(used).statusCode());
      GrantRequest open = workload.request(workload.body(chat.target(), workload.nonce().nonce()));
      service.restart();
      assertEquals(before, service.service().trust());
      assertEquals(
          before,
          StrictJson.mapper()
              .readValue(
                  Files.readString(service.dataDir().resolve("trust-bundle.json")),
                  TrustBundle.class));
      refused(workload.send(used), ProblemCode.NONCE_USED);
      assertEquals(200, workload.send(open).statusCode(), "an open nonce outlives a restart");
    }
  }

  @Test
  void takesANewPolicyAndKeepsTheOldOneWhenItIsWrong() throws Exception {
    try (TestService service = TestService.start(folder);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      explained(stranger.ask(chat.target()), ProblemCode.ACCESS_DENIED);
      String policy = Files.readString(service.policyFile());
      Files.writeString(
          service.policyFile(), policy.replace(TestService.INFERENCE, TestService.STRANGER));
      service.service().reloadPolicy();
      assertEquals(200, stranger.ask(chat.target()).statusCode());
      Files.writeString(service.policyFile(), "format: nonsense\n");
      service.service().reloadPolicy();
      assertEquals(200, stranger.ask(chat.target()).statusCode());
    }
  }

  @Test
  void namesThePublisherWhoseFileIsThePrivateKey() throws Exception {
    try (TestService service = TestService.start(folder)) {
      service.service().close();
      Path privateKey = folder.resolve("publisher.key");
      Path file = service.writeConfig();
      Files.writeString(
          file,
          Files.readString(file)
              .replace(PublisherKey.publicFile(privateKey).toString(), privateKey.toString()));
      KeyServiceConfig config = KeyServiceConfig.read(file);
      Problem fault = assertThrows(Problem.class, () -> KeyService.start(config).close());
      assertEquals(ProblemCode.CONFIGURATION_INVALID, fault.code());
      String message = String.valueOf(fault.getMessage());
      assertTrue(message.startsWith("publishers[0].keyFile: " + privateKey), message);
      assertTrue(message.contains("holds a private key"), message);
    }
  }

  @Test
  void startsNeverWithoutItsKeys() throws Exception {
    try (TestService service = TestService.start(folder)) {
      PublishedModel.publish(service, "acme/chat", "1");
      service.service().close();
      Path keys = service.dataDir().resolve("keys");
      for (Path key :
          new Path[] {
            keys.resolve("grant.key"),
            keys.resolve("log-ed25519.key"),
            service.dataDir().resolve("kek.json")
          }) {
        Path away = key.resolveSibling("away");
        Files.move(key, away);
        assertRefuses(service, ProblemCode.KEY_FILE_MISSING);
        Files.move(away, key);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        assertRefuses(service, ProblemCode.KEY_FILE_INSECURE);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
      }
      service.restart();
      assertEquals(200, service.management("/readyz").statusCode());
    }
  }

  @Test
  void startsAfterAFirstStartThatFailed() throws Exception {
    try (TestService service = TestService.start(folder)) {
      service.service().close();
      for (String wrong : new String[] {"policy.yaml", "publisher.key.pub", "s3.yaml"}) {
        Path file = folder.resolve(wrong);
        String right = Files.readString(file);
        removeData(service);
        Files.writeString(file, "nonsense: true\n");
        assertThrows(Problem.class, () -> KeyService.start(service.config()).close(), wrong);
        assertThrows(Problem.class, () -> KeyService.start(service.config()).close(), wrong);
        Files.writeString(file, right);
        KeyService.start(service.config()).close();
      }
      service.restart();
      PublishedModel.publish(service, "acme/chat", "1");
    }
  }

  /** A log whose volume is not mounted looks like one that was never made. */
  @Test
  void makesNoKeysAndNoLogBesideAStore() throws Exception {
    try (TestService service = TestService.start(folder)) {
      service.service().close();
      Path log = service.dataDir().resolve("log");
      Files.move(log, service.dataDir().resolve("elsewhere"));
      Files.createDirectory(log);
      Path key = service.dataDir().resolve("keys").resolve("log-mldsa44.key");
      Files.move(key, key.resolveSibling("away"));
      assertRefuses(service, ProblemCode.KEY_FILE_MISSING);
      assertFalse(Files.exists(key), "no key is made");
      Files.move(key.resolveSibling("away"), key);
      assertRefuses(service, ProblemCode.LOG_CORRUPT);
      assertFalse(Files.exists(log.resolve("synced")), "no log is signed under the old origin");
      removeFolder(log);
      Files.move(service.dataDir().resolve("elsewhere"), log);
      service.restart();
    }
  }

  @Test
  void whatAKilledProbeLeftIsNoLog() throws Exception {
    try (TestService service = TestService.start(folder)) {
      service.service().close();
      removeData(service);
      Path log = Files.createDirectories(service.dataDir().resolve("log"));
      Files.createFile(log.resolve(".doctor-1"));
      Files.createFile(log.resolve(".ready-2"));
      KeyService.start(service.config()).close();
      service.restart();
    }
  }

  private static void removeFolder(Path folder) throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void removeData(TestService service) throws Exception {
    removeFolder(service.dataDir());
  }

  private static void assertRefuses(TestService service, ProblemCode code) {
    Problem refusal = assertThrows(Problem.class, () -> KeyService.start(service.config()).close());
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  @Test
  void stopsOnce() throws Exception {
    try (TestService service = TestService.start(folder)) {
      service.service().close();
      service.service().close();
      assertThrows(java.io.IOException.class, () -> service.management("/livez"));
    }
  }

  @Test
  void strangersDoNotUseUpWhatAModelMayBeAskedFor() throws Exception {
    String narrow =
        """
        limits:
          requestsPerSecond: {perModel: 1, burst: 1s}
        """;
    try (TestService service = TestService.start(folder, narrow);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      for (int i = 0; i < 4; i++) {
        explained(stranger.ask(chat.target()), ProblemCode.ACCESS_DENIED);
      }
      assertEquals(200, workload.ask(chat.target()).statusCode());
    }
  }

  @Test
  void limitsTheRateOfAnIdentity() throws Exception {
    String narrow =
        """
        limits:
          requestsPerSecond: {perIdentity: 2, burst: 3s}
        """;
    try (TestService service = TestService.start(folder, narrow);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE);
        TestWorkload other = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      List<HttpRequest> requests = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        requests.add(workload.signed(chat.target()));
      }
      List<CompletableFuture<HttpResponse<String>>> answers =
          requests.stream()
              .map(each -> service.client().sendAsync(each, BodyHandlers.ofString()))
              .toList();
      int granted = 0;
      for (var each : answers) {
        HttpResponse<String> answer = TestService.checked(each.get(60, TimeUnit.SECONDS));
        if (answer.statusCode() == 200) {
          granted++;
        } else {
          refused(answer, ProblemCode.RATE_LIMITED);
          assertTrue(answer.headers().firstValueAsLong("Retry-After").orElse(0) >= 1);
        }
      }
      assertTrue(granted >= 6, "the burst may come at once");
      assertTrue(granted < 60, "not more");
      explained(other.ask(chat.target()), ProblemCode.ACCESS_DENIED);
    }
  }

  @Test
  void explainsRefusalsToAuditorsAlone() throws Exception {
    try (TestService service = TestService.start(folder);
        TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      String id = explained(stranger.ask(chat.target()), ProblemCode.ACCESS_DENIED);
      String path = "/v1/explanations/" + id;
      JsonNode explanation = good(TestCaller.of(service, TestService.OPERATOR).get(path));
      assertEquals("access-denied", explanation.path("code").asText());
      assertEquals(
          TestService.ISSUER + "|" + TestService.STRANGER, explanation.path("subject").asText());
      assertTrue(explanation.path("explanation").path("clauses").size() > 0);
      explained(TestCaller.of(service, TestService.STRANGER).get(path), ProblemCode.ACCESS_DENIED);
      refused(service.send(service.request(path).build()), ProblemCode.TOKEN_MISSING);
    }
  }
}
