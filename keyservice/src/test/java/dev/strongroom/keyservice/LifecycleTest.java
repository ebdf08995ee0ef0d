package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.auditlog.Checkpoint;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From publication to wipe over real connections, and what auditors read of it. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LifecycleTest {
  private TestService service;
  private PublishedModel chat;
  private TestCaller operator;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    service = TestService.start(folder);
    chat = PublishedModel.publish(service, "acme/chat", "1");
    operator = TestCaller.of(service, TestService.OPERATOR);
  }

  @AfterAll
  void stop() {
    service.close();
  }

  /** A lease and its holder. */
  private record Held(GrantResponse response, Grant grant, TestCaller holder) {
    String path(String what) {
      return "/v1/leases/" + grant.lease() + "/" + what;
    }
  }

  private Held granted() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      GrantResponse response = good(workload.ask(chat.target()), GrantResponse.class);
      return new Held(
          response,
          PublishedModel.payload(response.grant(), Grant.class),
          new TestCaller(service, workload.proofKey(), workload.token()));
    }
  }

  @Test
  void givesUrlsThatWorkWhileTheLeaseLives() throws Exception {
    Held held = granted();
    assertArrayEquals(chat.ciphertext(), fetched(held.response().objects().getFirst()));
    Lease.Urls again =
        good(
            held.holder().post(held.path("urls"), new Lease.UrlsWanted(List.of(0))),
            Lease.Urls.class);
    assertArrayEquals(chat.ciphertext(), fetched(again.objects().getFirst()));
    refused(
        held.holder().post(held.path("urls"), new Lease.UrlsWanted(List.of(1))),
        ProblemCode.MALFORMED_REQUEST);
    TestCaller other = TestCaller.of(service, TestService.INFERENCE);
    refused(
        other.post(held.path("urls"), new Lease.UrlsWanted(List.of(0))), ProblemCode.PROOF_INVALID);
  }

  private static byte[] fetched(ObjectUrl object) throws Exception {
    HttpRequest.Builder get = HttpRequest.newBuilder(URI.create(object.url()));
    object.headers().forEach(get::header);
    assertTrue(object.headers().keySet().stream().anyMatch("If-Match"::equalsIgnoreCase));
    try (HttpClient storage = HttpClient.newHttpClient()) {
      return storage.send(get.build(), BodyHandlers.ofByteArray()).body();
    }
  }

  @Test
  void renewsInOrder() throws Exception {
    Held held = granted();
    Lease.Renewed renewed =
        good(held.holder().post(held.path("renew"), new Lease.Renew(1)), Lease.Renewed.class);
    Lease.Statement statement = PublishedModel.payload(renewed.statement(), Lease.Statement.class);
    assertEquals(held.grant().lease(), statement.lease());
    assertEquals(1, statement.sequence());
    refused(
        held.holder().post(held.path("renew"), new Lease.Renew(1)),
        ProblemCode.LEASE_SEQUENCE_MISMATCH);
    refused(
        held.holder().post(held.path("renew"), Map.of("sequence", 0)),
        ProblemCode.MALFORMED_REQUEST);
    refused(
        held.holder().post("/v1/leases/lease-" + "0".repeat(32) + "/renew", new Lease.Renew(1)),
        ProblemCode.LEASE_UNKNOWN);
  }

  @Test
  void refusesAProofTwice() throws Exception {
    Held held = granted();
    HttpRequest request = held.holder().request("POST", held.path("renew"), new Lease.Renew(1));
    assertEquals(200, service.send(request).statusCode());
    refused(service.send(request), ProblemCode.PROOF_REPLAYED);
  }

  @Test
  void pushesARevocationAndKeepsTheWipeInTheLog() throws Exception {
    Held held = granted();
    HttpResponse<Stream<String>> stream =
        service
            .client()
            .send(held.holder().request("GET", held.path("events"), null), BodyHandlers.ofLines());
    assertEquals(200, stream.statusCode());
    JsonNode revoked =
        good(
            operator.post(
                "/v1/revocations",
                Map.of(
                    "selector",
                    new RevocationSelector(held.grant().lease(), null, null, null, null, null),
                    "reason",
                    "a test")));
    assertEquals(held.grant().lease().value(), revoked.path("ended").path(0).asText());
    Optional<String> data = stream.body().filter(line -> line.startsWith("data: ")).findFirst();
    Lease.Event event = PublishedModel.payload(data.orElseThrow().substring(6), Lease.Event.class);
    assertEquals(held.grant().lease(), event.lease());
    assertEquals(Lease.EndCause.REVOKED, event.cause());
    refused(held.holder().post(held.path("renew"), new Lease.Renew(1)), ProblemCode.LEASE_ENDED);
    refused(
        held.holder().post(held.path("urls"), new Lease.UrlsWanted(List.of(0))),
        ProblemCode.LEASE_ENDED);
    Lease.Wiped wiped =
        new Lease.Wiped(Lease.EndCause.REVOKED, 1, 1_000, Lease.ConsumerEnd.ENDED, true);
    assertEquals(204, held.holder().post(held.path("wiped"), wiped).statusCode());
    String id = revoked.path("revocation").asText();
    assertTrue(good(operator.get("/v1/revocations")).toString().contains(id));
    assertEquals(204, operator.delete("/v1/revocations/" + id).statusCode());
    refused(operator.delete("/v1/revocations/" + id), ProblemCode.REVOCATION_UNKNOWN);
  }

  @Test
  void deniesNewGrantsWhileARevocationStands() throws Exception {
    PublishedModel other = PublishedModel.publish(service, "acme/revoked", "1");
    JsonNode revoked =
        good(
            operator.post(
                "/v1/revocations",
                Map.of("selector", Map.of("model", "acme/revoked"), "reason", "a test")));
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      explained(workload.ask(other.target()), ProblemCode.REVOKED);
      assertEquals(
          204,
          operator.delete("/v1/revocations/" + revoked.path("revocation").asText()).statusCode());
      assertEquals(200, workload.ask(other.target()).statusCode());
    }
  }

  @Test
  void showsAuditorsLeasesVersionsAndTheLog() throws Exception {
    Held held = granted();
    JsonNode leases = good(operator.get("/v1/leases?model=acme/chat"));
    // Rows follow the log; the newest lease may take a moment to be among them.
    while (!leases.toString().contains(held.grant().lease().value())) {
      leases = good(operator.get("/v1/leases?model=acme/chat"));
    }
    assertEquals(0, good(operator.get("/v1/leases?subject=nobody")).path("leases").size());
    JsonNode versions = good(operator.get("/v1/models/acme/chat/versions"));
    assertEquals("1", versions.path("versions").path(0).path("version").asText());
    JsonNode version = good(operator.get("/v1/models/acme/chat/versions/1"));
    assertEquals(chat.envelope().base64url(), version.path("manifest").asText());
    refused(operator.get("/v1/models/acme/chat/versions/9"), ProblemCode.VERSION_UNKNOWN);
    refused(operator.get("/v1/models/acme/chat/versions/9/receipt"), ProblemCode.VERSION_UNKNOWN);
    JsonNode proof = good(operator.get("/v1/models/acme/chat/versions/1/receipt"));
    assertEquals(version.path("version").path("manifestDigest"), proof.path("manifestDigest"));
    byte[] leaf = new Blob(proof.path("leaf").asText()).bytes();
    ReceiptVerifier.verify(
        Receipt.parse(proof.path("receipt").asText(), leaf), leaf, logTrust(), Instant.now());
    assertInstanceOf(LogEvent.VersionPublished.class, EventCodec.read(leaf));
    refused(operator.get("/v1/models/acme/Chat/versions"), ProblemCode.INVALID_NAME);
    refused(operator.get("/v1/log/receipts/999999"), ProblemCode.NOT_FOUND);
    refused(operator.get("/v1/log/receipts/x"), ProblemCode.MALFORMED_REQUEST);
    refused(operator.get("/v1/log/tile/../checkpoint"), ProblemCode.NOT_FOUND);
    JsonNode first = good(operator.get("/v1/log/receipts/0"));
    assertTrue(
        new String(new Blob(first.path("leaf").asText()).bytes(), StandardCharsets.UTF_8)
            .contains("service.started"));
    HttpResponse<String> note = operator.get("/v1/log/checkpoint");
    assertEquals(200, note.statusCode());
    Checkpoint checkpoint =
        Checkpoint.verify(note.body().getBytes(StandardCharsets.UTF_8), logTrust(), Instant.now());
    assertTrue(checkpoint.size() > 0);
    assertEquals(200, operator.get("/v1/log/tile/entries/000.p/" + checkpoint.size()).statusCode());
  }

  private LogTrust logTrust() {
    var trust = service.service().trust().log();
    return LogTrust.of(
        trust.origin(), trust.keys().stream().map(key -> VerifierKey.parse(key.vkey())).toList());
  }

  @Test
  void asksForRightsEverywhere() throws Exception {
    TestCaller stranger = TestCaller.of(service, TestService.STRANGER);
    for (String path :
        List.of(
            "/v1/leases",
            "/v1/revocations",
            "/v1/models/acme/chat/versions",
            "/v1/models/acme/chat/versions/1",
            "/v1/models/acme/chat/versions/1/receipt",
            "/v1/log/checkpoint",
            "/v1/log/tile/0/000",
            "/v1/log/receipts/0",
            "/v1/explanations/why-" + "0".repeat(32))) {
      explained(stranger.get(path), ProblemCode.ACCESS_DENIED);
      refused(service.send(service.request(path).build()), ProblemCode.TOKEN_MISSING);
    }
    explained(
        stranger.post(
            "/v1/revocations",
            Map.of("selector", Map.of("model", "acme/chat"), "reason", "a test")),
        ProblemCode.ACCESS_DENIED);
    assertEquals(0, good(stranger.get("/v1/drafts")).path("drafts").size());
  }

  @Test
  void refusesToPublishAVersionTwice() throws Exception {
    AssertionError refusal =
        assertThrows(AssertionError.class, () -> PublishedModel.publish(service, "acme/chat", "1"));
    assertTrue(String.valueOf(refusal.getMessage()).contains("version-exists"), "refused");
  }
}
