package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.attest.EvidenceSource;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.delivery.attest.tpm.TpmSource;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.grant.GrantFlow;
import dev.strongroom.delivery.grant.GrantVerification;
import dev.strongroom.delivery.grant.GrantWish;
import dev.strongroom.delivery.lease.LeaseClock;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import dev.strongroom.testkit.tpm.FirmwareLog;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Grants that rest on quotes of a live TPM: enrolled by the command, sent by the sidecar, judged by
 * the policy.
 */
@Timeout(600)
class TpmGrantTest {
  private static final String AK = "0x81010030";
  private static final Pattern EXPLANATION = Pattern.compile("why-[0-9a-f]{32}");

  @TempDir private Path folder;
  private SoftwareTpm tpm;
  private OnStage on;
  private Path enrolledKeys;
  private Path eventLog;

  @BeforeEach
  void setTheStage() throws IOException {
    Optional<String> missing = SoftwareTpm.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    tpm = SoftwareTpm.start(Files.createDirectory(folder.resolve("tpm")));
    FirmwareLog firmware = FirmwareLog.ordinary();
    firmware.extend(tpm);
    eventLog = Files.write(folder.resolve("binary_bios_measurements"), firmware.bytes());
    enrolledKeys = Files.createFile(folder.resolve("enrolled-keys"));
    on = OnStage.open(Stage.Settings.USUAL.policy(policy()));
    Files.writeString(
        on.stage().config(),
        Files.readString(on.stage().config())
            + "attestation: {tpm: {enrolledKeys: "
            + enrolledKeys
            + "}}\n");
    on.restartKeyService();
    on.publish(SampleModel.small(on.path("small")), "acme/measured", "1");
  }

  @AfterEach
  void close() {
    if (on != null) {
      on.close();
    }
    if (tpm != null) {
      tpm.close();
    }
  }

  private String pcr(int index) {
    var _ = tpm.run("tpm2_pcrread", "sha256:" + index, "-o", "pcr.bin");
    return HexFormat.of().formatHex(tpm.file("pcr.bin"));
  }

  private String policy() {
    return """
      - {models: ["acme/measured"], allOf: [tpm]}
    conditions:
      - name: boot-of-release-12
        models: ["acme/measured"]
        expression: >-
          workload.claims["tpm"].boot.secure_boot &&
          workload.claims["tpm"].pcrs.sha256["7"] == "%s"
      - name: nothing-loaded-since
        models: ["acme/measured"]
        expression: workload.claims["tpm"].pcrs.sha256["14"] == "%s"
    """
        .formatted(pcr(7), pcr(14))
        .indent(0);
  }

  private void enrol(String ak) throws IOException {
    Path root = Files.write(folder.resolve("maker.pem"), tpm.rootCertificate());
    Path issuer = Files.write(folder.resolve("maker-issuer.pem"), tpm.issuerCertificate());
    on.stage()
        .strongroom(
            Stage.OPERATOR,
            "attest",
            "enrol",
            "--ek-root",
            root.toString(),
            "--endorsement",
            issuer.toString(),
            "--enrolled-keys",
            enrolledKeys.toString(),
            "--tcti",
            tpm.tcti(),
            "--ak",
            ak)
        .expect(0);
  }

  private Workload workload(String name) {
    return on.stage()
        .workload(name, Stage.INFERENCE, "acme/measured", "1")
        .with("\"evidence\": [\"tpm\"]")
        .with(
            "\"tpm\": {\"ak\": \"%s\", \"pcrs\": \"sha256:0,1,2,3,4,5,6,7,14\", \"tcti\": \"%s\", \"eventLog\": \"%s\"}"
                .formatted(AK, tpm.tcti(), eventLog));
  }

  private String refused(String name, String code) {
    try (Workload workload = workload(name);
        ChildProcess agent = workload.startSidecar()) {
      String failed = agent.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"" + code + "\""), failed);
      assertEquals(10, agent.awaitExit(Await.LIMIT));
      assertTrue(Files.notExists(workload.target()));
      return failed;
    }
  }

  private void granted(String name) {
    try (Workload workload = workload(name);
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT));
    }
  }

  @Test
  void aGrantIsGivenWhileTheMachineIsWhatThePolicySays() throws IOException {
    try (Workload workload = workload("keyless");
        ChildProcess agent = workload.startSidecar()) {
      String failed = agent.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("evidence-unavailable"), failed);
    }
    tpm.keepAttestationKey(AK, "ecc", "sha256", "ecdsa");
    assertTrue(refused("stranger", "evidence-unverifiable").contains("attestation-key-untrusted"));

    // The key service runs on, and looks at the file by itself.
    enrol(AK);
    granted("measured");
    LogEvent.GrantIssued grant =
        on.awaitEvent(LogEvent.GrantIssued.class, Await.LIMIT, event -> true);
    assertEquals(List.of("tpm"), grant.evidenceTypes());
    EvidenceClaims claims = grant.evidenceClaims();
    Map<String, Object> said =
        claims == null ? Map.of() : claims.byType().getOrDefault("tpm", Map.of());
    assertEquals("enrolled", said.get("ak_trust"));
    assertEquals(true, said.get("event_log"));

    var _ = tpm.run("tpm2_pcrextend", "14:sha256=" + "ab".repeat(32));
    String failed = refused("changed", "condition-failed");
    String explained =
        on.stage()
            .strongroom(Stage.OPERATOR, "grant", "explain", OnStage.find(EXPLANATION, failed))
            .expect(0)
            .text();
    assertTrue(explained.contains("nothing-loaded-since"), explained);
    assertTrue(explained.contains("boot-of-release-12"), explained);

    // What the firmware's log does not say: the log no longer leads to the quoted values.
    var _ = tpm.run("tpm2_pcrextend", "7:sha256=" + "cd".repeat(32));
    assertTrue(refused("forged", "evidence-unverifiable").contains("event-log-mismatch"));

    // Struck off, without a restart.
    Files.writeString(enrolledKeys, "");
    assertTrue(
        refused("struck-off", "evidence-unverifiable").contains("attestation-key-untrusted"));
  }

  @Test
  void evidenceOfAnotherRequestOrKeyIsRefused() throws IOException {
    tpm.keepAttestationKey(AK, "ecc", "sha256", "ecdsa");
    enrol(AK);
    List<Evidence> seen = new ArrayList<>();
    ask((binding, gpu) -> {
      Evidence evidence = source(AK).collect(binding, gpu);
      seen.add(evidence);
      return evidence;
    });
    assertEquals(1, seen.size());

    assertRefused(
        ProblemCode.EVIDENCE_BINDING_MISMATCH,
        "binding-mismatch",
        (binding, gpu) -> seen.getFirst());

    // The same machine, the same state, the right binding, by a key that nobody enrolled.
    String other = "0x81010031";
    tpm.keepAttestationKey(other, "ecc", "sha256", "ecdsa");
    assertRefused(ProblemCode.EVIDENCE_UNVERIFIABLE, "attestation-key-untrusted", source(other));
  }

  private TpmSource source(String ak) {
    return new TpmSource(
        new TpmSettings(ak, "sha256:0,1,2,3,4,5,6,7,14", tpm.tcti(), eventLog.toString()));
  }

  private void assertRefused(ProblemCode code, String why, EvidenceSource source) {
    Problem refused = assertThrows(Problem.class, () -> ask(source));
    assertEquals(code, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
  }

  /** Asks as the agent does, with evidence of this source. */
  private void ask(EvidenceSource source) {
    Timing timing = Timing.system();
    try (KeyServiceClient client =
        new KeyServiceClient(
            ServiceAddress.of(on.stage().origin(), on.trust().origin()),
            () -> TlsTrust.of(on.stage().certificate()),
            TokenSource.file(on.stage().token(Stage.INFERENCE)),
            ClientLimits.DEFAULT,
            timing,
            InstantSource.system())) {
      new GrantFlow(
              client,
              CompletableFuture.completedFuture(client.nonce()),
              new Attester(Optional.empty(), List.of(source)),
              new GrantVerification(on.trust(), InstantSource.system()),
              RetryLimits.within(Duration.ofMinutes(1)),
              timing,
              LeaseClock.sinceBoot()::nanos)
          .ask(
              new GrantWish(
                  ModelVersion.parse("acme/measured:1"),
                  SealSuite.X25519,
                  DeliveryMode.SIDECAR,
                  ExpiryMode.WIPE,
                  null,
                  null))
          .verified()
          .close();
    }
  }
}
