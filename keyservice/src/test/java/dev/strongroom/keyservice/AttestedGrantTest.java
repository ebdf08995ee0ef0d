package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.attest.SnpGuest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Grants that rest on a report of SEV-SNP, signed under a root of this test's own. */
@Timeout(120)
class AttestedGrantTest {
  private final SnpGuest guest = new SnpGuest();
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
                    new PinnedRoots(List.of(guest.root()), List.of(guest.authority())),
                    Revocation.CHECKED_WHERE_GIVEN,
                    Set.of(0))));
    model = PublishedModel.publish(service, "acme/attested", "1");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private HttpResponse<String> ask(TestWorkload workload, Function<KeyBinding, byte[]> evidence)
      throws Exception {
    GrantBody body = workload.body(model.target(), workload.nonce().nonce());
    List<Evidence> pieces =
        List.of(
            new Evidence(
                "sev-snp",
                Blob.of(evidence.apply(body.binding(workload.proofKey().thumbprint())))));
    return workload.send(workload.request(body.with(pieces), pieces));
  }

  private byte[] evidence(KeyBinding binding) {
    return guest.evidence(binding.reportData(null));
  }

  private GrantResponse granted(TestWorkload workload) throws Exception {
    HttpResponse<String> answer = ask(workload, this::evidence);
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readValue(answer.body(), GrantResponse.class);
  }

  private void assertRefused(ProblemCode code, String why, Function<KeyBinding, byte[]> evidence)
      throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> answer = ask(workload, evidence);
      assertEquals(code.httpStatus(), answer.statusCode(), answer.body());
      assertTrue(answer.body().contains('"' + code.wireName() + '"'), answer.body());
      assertTrue(answer.body().contains(why), answer.body());
    }
  }

  private void restrict(String name, String condition) throws Exception {
    String policy = Files.readString(service.policyFile());
    Files.writeString(
        service.policyFile(),
        policy.replace(
            "conditions:\n",
            "conditions:\n  - name: "
                + name
                + "\n    models: [acme/attested]\n    expression: "
                + condition
                + "\n"));
    service.restart();
  }

  @Test
  void theLogSaysWhatTheHardwareSaid() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      Grant grant = PublishedModel.payload(granted(workload).grant(), Grant.class);
      assertTrue(grant.attested());
      assertNotNull(grant.evidenceDigest());
    }
    LogEvent.GrantIssued entry = service.log(LogEvent.GrantIssued.class).getFirst();
    assertEquals(List.of("sev-snp"), entry.evidenceTypes());
    EvidenceClaims claims = entry.evidenceClaims();
    assertNotNull(claims);
    Map<String, Object> snp = claims.byType().getOrDefault("sev-snp", Map.of());
    assertEquals(guest.measurement(), snp.get("measurement"));
    assertEquals(guest.chipId(), snp.get("chip_id"));
  }

  @Test
  void evidenceOfAnotherRequestIsRefused() throws Exception {
    try (TestWorkload other = new TestWorkload(service, TestService.INFERENCE)) {
      GrantBody body = other.body(model.target(), other.nonce().nonce());
      byte[] relayed = evidence(body.binding(other.proofKey().thumbprint()));
      assertRefused(ProblemCode.EVIDENCE_BINDING_MISMATCH, "binding-mismatch", binding -> relayed);
    }
  }

  @Test
  void aGuestThatCanBeDebuggedIsRefused() throws Exception {
    guest.allowDebug();
    assertRefused(ProblemCode.EVIDENCE_UNVERIFIABLE, "debug-enabled", this::evidence);
  }

  @Test
  void hardwareUnderAnotherRootIsRefused() throws Exception {
    SnpGuest stranger = new SnpGuest();
    assertRefused(
        ProblemCode.EVIDENCE_UNVERIFIABLE,
        "root-unknown",
        binding -> stranger.evidence(binding.reportData(null)));
  }

  @Test
  void aReportWithoutItsCertificateIsRefused() throws Exception {
    assertRefused(
        ProblemCode.EVIDENCE_UNVERIFIABLE,
        "endorsement-missing",
        binding -> guest.report(binding.reportData(null)));
  }

  @Test
  void aConditionMayAskForTheImage() throws Exception {
    restrict("image", "workload.claims['sev-snp'].measurement == '" + guest.measurement() + "'");
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      var _ = granted(workload);
    }
    guest.launch(0x77);
    assertRefused(ProblemCode.CONDITION_FAILED, "explanation", this::evidence);
  }

  @Test
  void aRenewalIsDecidedWithWhatTheEvidenceSaid() throws Exception {
    GrantResponse response;
    TestCaller holder;
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      response = granted(workload);
      holder = new TestCaller(service, workload.proofKey(), workload.token());
    }
    Grant grant = PublishedModel.payload(response.grant(), Grant.class);
    String renew = "/v1/leases/" + grant.lease() + "/renew";
    // The service starts anew: what the evidence said is read back.
    restrict("image", "workload.claims['sev-snp'].measurement == '" + guest.measurement() + "'");
    HttpResponse<String> renewed = holder.post(renew, new Lease.Renew(1));
    assertEquals(200, renewed.statusCode(), renewed.body());
    restrict("level", "workload.claims['sev-snp'].vmpl == 1");
    HttpResponse<String> refused = holder.post(renew, new Lease.Renew(2));
    assertTrue(refused.body().contains("condition-failed"), refused.body());
  }
}
