package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.exposure.ExposedGrant;
import dev.strongroom.core.exposure.ExposureOfLog;
import dev.strongroom.core.exposure.ExposureScope;
import dev.strongroom.core.exposure.ExposureTotals;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.testkit.attest.SnpGuest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two guests on two chips: who is met by a selector, and who is not. */
@Timeout(120)
class BlastRadiusTest {
  private static final int OTHER_CHIP = 99;

  private final SnpGuest bad = new SnpGuest();
  private final SnpGuest good = bad.onAnotherChip(OTHER_CHIP);
  @TempDir private Path folder;
  private TestService service;
  private PublishedModel model;

  @BeforeEach
  void start() throws Exception {
    service =
        TestService.start(
            folder,
            List.of(
                new SnpVerifier(
                    new PinnedRoots(List.of(bad.root()), List.of(bad.authority())),
                    Revocation.CHECKED_WHERE_GIVEN,
                    Set.of(0))));
    model = PublishedModel.publish(service, "acme/attested", "1");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  /** What somebody holds, and the caller who holds it. */
  private record Held(LeaseId lease, TestCaller holder) {
    HttpResponse<String> renew(long sequence) throws Exception {
      return holder.post("/v1/leases/" + lease + "/renew", new Lease.Renew(sequence));
    }

    HttpResponse<String> wiped() throws Exception {
      return holder.post(
          "/v1/leases/" + lease + "/wiped",
          new Lease.Wiped(Lease.EndCause.REVOKED, 1, 4_096, Lease.ConsumerEnd.ENDED, true));
    }
  }

  private HttpResponse<String> ask(SnpGuest guest, TestWorkload workload) throws Exception {
    GrantBody body = workload.body(model.target(), workload.nonce().nonce());
    byte[] report = guest.evidence(body.binding(workload.proofKey().thumbprint()).reportData(null));
    List<Evidence> pieces = List.of(new Evidence("sev-snp", Blob.of(report)));
    return workload.send(workload.request(body.with(pieces), pieces));
  }

  /** A grant under a proof key of its own. */
  private Held granted(SnpGuest guest) throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> answer = ask(guest, workload);
      assertEquals(200, answer.statusCode(), answer.body());
      GrantResponse response = StrictJson.mapper().readValue(answer.body(), GrantResponse.class);
      Grant grant = PublishedModel.payload(response.grant(), Grant.class);
      return new Held(
          grant.lease(), new TestCaller(service, workload.proofKey(), workload.token()));
    }
  }

  private void assertRevoked(SnpGuest guest) throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> answer = ask(guest, workload);
      assertEquals(403, answer.statusCode(), answer.body());
      assertTrue(answer.body().contains("\"revoked\""), answer.body());
    }
  }

  private TestCaller operator() {
    return TestCaller.of(service, "operator");
  }

  private static JsonNode read(HttpResponse<String> answer) throws Exception {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }

  private JsonNode expose(Map<String, ?> body) throws Exception {
    return read(operator().post("/v1/exposures", body));
  }

  private static Map<String, Object> selector(String field, String value) {
    return Map.of("selector", Map.of(field, value));
  }

  private JsonNode revoke(String field, String value) throws Exception {
    return read(
        operator()
            .post(
                "/v1/revocations",
                Map.of("selector", Map.of(field, value), "reason", "broken hardware")));
  }

  @Test
  void anExposureByChipNamesItsGrantsAlone() throws Exception {
    Held met = granted(bad);
    granted(good);
    JsonNode found = expose(selector("chip", bad.chipId()));
    assertEquals(1, found.path("grants").size(), found::toString);
    JsonNode grant = found.at("/grants/0");
    assertEquals(met.lease().value(), grant.path("lease").asText());
    assertEquals("acme/attested", grant.path("model").asText());
    assertEquals(bad.chipId(), grant.at("/chips/0").asText());
    assertEquals(bad.measurement(), grant.path("measurement").asText());
    assertEquals("live", grant.path("copy").asText());
    assertEquals(1, found.at("/totals/live").asInt());
    assertEquals(2, expose(selector("measurement", bad.measurement())).path("grants").size());
    assertEquals(0, expose(selector("chip", "0f".repeat(64))).path("grants").size());
    assertEquals(0, expose(selector("evidence", "tdx")).path("grants").size());
  }

  @Test
  void theLogAloneNamesTheSame() throws Exception {
    granted(bad);
    Held ended = granted(bad);
    granted(good);
    read(
        operator()
            .post(
                "/v1/revocations",
                Map.of("selector", Map.of("lease", ended.lease()), "reason", "a test")));
    assertEquals(204, ended.wiped().statusCode());
    Map<String, Object> wanted = selector("chip", bad.chipId());
    JsonNode answer = expose(wanted);
    RevocationSelector chip =
        StrictJson.mapper().convertValue(wanted.get("selector"), RevocationSelector.class);
    List<ExposedGrant> ofLog = List.of();
    // What is published of the log follows it within moments.
    while (ofLog.stream().noneMatch(grant -> grant.endedAt() != null)
        || service.log().stream().noneMatch(LogEvent.LeaseWiped.class::isInstance)) {
      ofLog = exposed(chip);
    }
    ofLog = exposed(chip);
    ExposureTotals.Tally tally = new ExposureTotals.Tally();
    ofLog.forEach(tally::add);
    assertEquals(answer.path("grants").toString(), write(ofLog));
    assertEquals(answer.path("totals").toString(), write(tally.totals()));
    assertEquals(1, tally.totals().wiped());
  }

  private static String write(Object value) throws Exception {
    return StrictJson.mapper().writeValueAsString(value);
  }

  private List<ExposedGrant> exposed(RevocationSelector selector) {
    ExposureOfLog exposure = new ExposureOfLog(new ExposureScope(selector, null, null));
    List<LogEvent> events = service.log();
    for (int index = 0; index < events.size(); index++) {
      exposure.take(index, events.get(index));
    }
    return exposure.grants();
  }

  @Test
  void anExposureIsReadInPagesWhoseTotalsAreOfAll() throws Exception {
    for (int i = 0; i < 3; i++) {
      granted(bad);
    }
    Map<String, Object> chip = Map.of("chip", bad.chipId());
    JsonNode first = expose(Map.of("selector", chip, "limit", 2));
    assertEquals(3, first.at("/totals/grants").asInt(), first::toString);
    assertEquals(2, first.path("grants").size());
    JsonNode second =
        expose(Map.of("selector", chip, "limit", 2, "before", first.path("next").asLong()));
    assertEquals(1, second.path("grants").size(), second::toString);
    assertTrue(second.path("totals").isMissingNode() && second.path("next").isMissingNode());
    assertTrue(second.at("/grants/0/index").asLong() < first.at("/grants/1/index").asLong());
  }

  @Test
  void anExposureMayAskForATimeAlone() throws Exception {
    granted(bad);
    long at = expose(Map.of("since", 0)).at("/grants/0/at").asLong();
    assertEquals(1, expose(Map.of("since", at)).path("grants").size());
    assertEquals(0, expose(Map.of("since", at + 1)).path("grants").size());
    assertEquals(0, expose(Map.of("since", 0, "until", at)).path("grants").size());
  }

  @Test
  void aRevokedChipLosesItsLeasesAndGetsNoOthers() throws Exception {
    Held met = granted(bad);
    Held spared = granted(good);
    JsonNode effect =
        read(
            operator()
                .post(
                    "/v1/revocations",
                    Map.of("selector", Map.of("chip", bad.chipId()), "dryRun", true)));
    assertEquals(1, effect.path("leases").asInt(), effect::toString);
    assertEquals(met.lease().value(), effect.at("/wouldEnd/0/lease").asText());

    JsonNode done = revoke("chip", bad.chipId());
    assertEquals(1, done.path("ended").size(), done::toString);
    assertEquals(met.lease().value(), done.at("/ended/0").asText());
    assertEquals(410, met.renew(1).statusCode());
    // Another proof key, and a policy that would allow it: the chip is what is denied.
    assertRevoked(bad);
    assertEquals(200, spared.renew(1).statusCode());
    granted(good);
    // The log keeps it: a service that starts anew denies still.
    service.restart();
    assertRevoked(bad);
    JsonNode standing = read(operator().get("/v1/revocations")).at("/revocations/0");
    assertEquals(bad.chipId(), standing.at("/selector/chip").asText());

    String id = standing.path("revocation").asText();
    assertEquals(204, operator().delete("/v1/revocations/" + id).statusCode());
    granted(bad);
  }

  @Test
  void whoIsBelowATcbIsRevokedAndWhoHasUpdatedIsNot() throws Exception {
    bad.runMicrocode(114);
    good.runMicrocode(115);
    Held met = granted(bad);
    Held spared = granted(good);
    String floor = "sev-snp:microcode=115,product=Milan";
    assertEquals(1, expose(selector("tcbBelow", floor)).path("grants").size());
    JsonNode done = revoke("tcbBelow", floor);
    assertEquals(1, done.path("ended").size(), done::toString);
    assertEquals(met.lease().value(), done.at("/ended/0").asText());
    assertRevoked(bad);
    assertEquals(200, spared.renew(1).statusCode());
    bad.runMicrocode(115);
    granted(bad);
  }

  @Test
  void acknowledgementsAreCounted() throws Exception {
    Held first = granted(bad);
    granted(bad);
    String id = revoke("chip", bad.chipId()).path("revocation").asText();
    assertEquals(204, first.wiped().statusCode());
    JsonNode wipes = read(operator().get("/v1/revocations/" + id));
    assertEquals(2, wipes.path("ended").asInt(), wipes::toString);
    assertEquals(1, wipes.path("wiped").asInt());
    assertEquals(0, wipes.path("unconfirmed").asInt());
    HttpResponse<String> unknown = operator().get("/v1/revocations/rev-" + "0".repeat(32));
    assertEquals(404, unknown.statusCode(), unknown.body());
  }

  @Test
  void whoMayRevokeOneModelLooksAfterItsRevocationsAlone() throws Exception {
    service.changePolicy(
        "conditions:\n",
        """
          - name: owners
            actions: [revoke]
            subjects: [{issuer: "https://issuer.test", subject: owner}]
            models: [acme/attested]
        conditions:
        """);
    TestCaller owner = TestCaller.of(service, "owner");
    granted(bad);
    JsonNode done =
        read(
            owner.post(
                "/v1/revocations",
                Map.of("selector", Map.of("model", "acme/attested"), "reason", "a leak")));
    String own = "/v1/revocations/" + done.path("revocation").asText();
    assertEquals(1, read(owner.get(own)).path("ended").asInt());
    String ofAll = "/v1/revocations/" + revoke("chip", bad.chipId()).path("revocation").asText();
    for (String others : List.of(ofAll, "/v1/revocations/rev-" + "0".repeat(32))) {
      assertEquals(403, owner.get(others).statusCode(), others);
      assertEquals(403, owner.delete(others).statusCode(), others);
    }
    assertEquals(204, owner.delete(own).statusCode());
    assertEquals(1, read(owner.get(own)).path("ended").asInt(), "after it was lifted");
    assertEquals(1, read(operator().get("/v1/revocations")).path("revocations").size());
  }

  @Test
  void whoMayNotAuditIsShownNothing() throws Exception {
    granted(bad);
    HttpResponse<String> refused =
        TestCaller.of(service, TestService.INFERENCE)
            .post("/v1/exposures", selector("chip", bad.chipId()));
    assertEquals(403, refused.statusCode(), refused.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"selector\":{}}",
        "{\"selector\":{\"chip\":\"00\"}}",
        "{\"selector\":{\"chip\":\"../../x\"}}",
        "{\"selector\":{\"tcbBelow\":\"sev-snp\"}}",
        "{\"selector\":{\"tcbBelow\":{\"type\":\"sev-snp\"}}}",
        "{\"selector\":{\"image\":\"latest\"}}",
        "{\"selector\":{\"node\":\"a'; DROP TABLE leases; --\"}}",
        "{\"selector\":{\"cpu\":\"1\"}}",
        "{\"since\":-1}",
        "{\"since\":2,\"until\":2}",
        "{\"since\":0,\"limit\":0}",
        "{\"since\":0,\"limit\":1001}",
        "{\"since\":0,\"before\":-1}"
      })
  void whatNobodyCanHaveIsRefused(String body) throws Exception {
    HttpResponse<String> refused =
        operator().post("/v1/exposures", StrictJson.mapper().readTree(body));
    assertEquals(400, refused.statusCode(), refused.body());
  }
}
