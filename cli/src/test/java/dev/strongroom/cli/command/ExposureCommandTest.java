package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.cli.Run;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExposureCommandTest {
  private static final String ORIGIN = "keys.example.org/log";
  private static final String BAD = "ab".repeat(64);
  private static final String GOOD = "cd".repeat(64);
  private static final long THEN = Instant.parse("2026-03-01T12:00:00Z").toEpochMilli();
  private static final Sha256Digest DIGEST = Sha256Digest.of(new byte[0]);

  @TempDir private Path home;

  private static LeaseId lease(int number) {
    return new LeaseId("lease-%032x".formatted(number));
  }

  private static LogEvent.GrantIssued grant(int number, String chip) {
    return new LogEvent.GrantIssued(
        THEN + number,
        lease(number),
        new ModelName("acme/chat"),
        new VersionId("3"),
        DIGEST,
        new DataKeyId("dk-" + "0".repeat(32)),
        "https://issuer.test|chat",
        null,
        "pod-" + number,
        "j".repeat(43),
        Sha256Digest.of(new byte[] {(byte) number}),
        THEN / 1_000 + 300,
        DIGEST,
        DIGEST,
        DIGEST,
        true,
        DIGEST,
        List.of("sev-snp"),
        DeliveryMode.SIDECAR,
        ExpiryMode.WIPE,
        null,
        300,
        60,
        THEN / 1_000 + 300,
        DataKeySource.BACKEND,
        new EvidenceClaims(
            Map.of("sev-snp", Map.of("chip_id", chip, "measurement", "3e".repeat(48)))),
        null,
        null);
  }

  /** Two grants on the bad chip, one of them wiped, and one on the good chip. */
  private Path log() throws Exception {
    Path log = home.resolve("log");
    LogKeys keys = LogKeys.generate(home.resolve("ed"), home.resolve("ml"), ORIGIN);
    List<LogEvent> events =
        List.of(
            grant(1, BAD),
            grant(2, GOOD),
            grant(3, BAD),
            new LogEvent.LeaseEnded(THEN + 10, lease(1), Lease.EndCause.RELEASED, null),
            new LogEvent.LeaseWiped(
                THEN + 20,
                lease(1),
                Lease.EndCause.RELEASED,
                1,
                4_096,
                Lease.ConsumerEnd.ENDED,
                true));
    try (AuditLog opened = AuditLog.open(AuditLogConfig.of(log), keys, InstantSource.system())) {
      for (LogEvent event : events) {
        opened.submit(index -> EventCodec.write(event)).get(10, TimeUnit.SECONDS);
      }
    }
    TrustBundle bundle =
        new TrustBundle(
            TrustBundle.FORMAT,
            "https://keys.example.org",
            List.of(PinnedKey.of(SigningKey.generate(SignatureAlgorithm.ES256).publicKey())),
            new TrustBundle.LogTrust(
                ORIGIN,
                keys.verifierKeys().stream()
                    .map(key -> new TrustBundle.LogKey(key.toString(), null, null))
                    .toList()),
            List.of());
    Files.write(home.resolve("trust.json"), StrictJson.mapper().writeValueAsBytes(bundle));
    return log;
  }

  private Run ofLog(Path log, String... arguments) {
    List<String> words = new ArrayList<>(List.of("exposure"));
    words.addAll(List.of(arguments));
    words.addAll(
        List.of("--log", log.toString(), "--trust", home.resolve("trust.json").toString()));
    return Run.of(home, words.toArray(String[]::new));
  }

  private static List<JsonNode> json(Run run) throws Exception {
    assertEquals(0, run.exit(), run.err());
    List<JsonNode> values = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      values.add(StrictJson.mapper().readTree(line));
    }
    return values;
  }

  @Test
  void anAuditorFindsItInACopyOfTheLog() throws Exception {
    Path log = log();
    Run people = ofLog(log, "--chip", BAD);
    assertEquals(0, people.exit(), people.err());
    assertTrue(
        people
            .out()
            .contains(
                "2 grants of 1 version to 1 workload (2 pods and processes) on 1 attested machine."),
        people.out());
    assertTrue(
        people.out().contains("1 lease lives on; of those that ended 1 wiped, 0 unconfirmed"),
        people.out());
    List<JsonNode> lines = json(ofLog(log, "--chip", BAD, "--json"));
    assertEquals(3, lines.size());
    assertEquals(2, lines.getFirst().at("/totals/grants").asInt());
    assertEquals(lease(3).value(), lines.get(1).path("lease").asText());
    assertEquals("wiped", lines.get(2).path("copy").asText());
    assertEquals(4, json(ofLog(log, "--since", "2026-03-01", "--json")).size());
    assertEquals(1, json(ofLog(log, "--until", "2026-03-01T12:00:00Z", "--json")).size());
    assertEquals(4, json(ofLog(log, "--measurement", "3E".repeat(48), "--json")).size());
    Run nobody = ofLog(log, "--evidence", "tdx");
    assertTrue(nobody.out().contains("Nobody received a key under it."), nobody.out());
  }

  @Test
  void aCopyThatWasChangedProvesNothing() throws Exception {
    Path log = log();
    Path bundle = log.resolve("tile/entries/000.p/5");
    byte[] bytes = Files.readAllBytes(bundle);
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    Files.write(
        bundle, text.replace(BAD, GOOD).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    Run run = ofLog(log, "--chip", BAD);
    assertEquals(4, run.exit(), run.out() + run.err());
    assertEquals("", run.out());
  }

  @Test
  void theServiceIsReadPageByPage() throws Exception {
    try (ScriptedAnswers service = new ScriptedAnswers()) {
      Files.writeString(home.resolve("token"), "token-of-the-auditor\n");
      String grant =
          """
          {"lease": "%s", "index": %d, "at": 1, "model": "acme/chat", "version": "3",
           "dataKeyId": "dk-%s", "subject": "i|chat", "jkt": "%s", "evidence": ["sev-snp"],
           "chips": ["%s"], "expiresAt": 1, "copy": "live"}\
          """;
      String zeros = "0".repeat(32);
      String jkt = "j".repeat(43);
      service.next(
          "POST /v1/exposures",
          200,
          """
          {"totals": {"grants": 2, "workloads": 1, "pods": 1, "versions": 1, "machines": 1,
            "live": 2, "wiped": 0, "wipeAwaited": 0, "wipeUnconfirmed": 0, "left": 0},
           "grants": [%s], "next": 9}\
          """
              .formatted(grant.formatted(lease(2), 9, zeros, jkt, BAD)));
      service.next(
          "POST /v1/exposures",
          200,
          "{\"grants\": [%s]}".formatted(grant.formatted(lease(1), 8, zeros, jkt, BAD)));
      Run run =
          Run.of(
              home,
              "exposure",
              "--image",
              "registry.example/server@sha256:" + "0".repeat(64),
              "--since",
              "2026-03-01T12:00:00Z",
              "--json",
              "--service",
              service.origin(),
              "--ca",
              service.certificate().toString(),
              "--token-file",
              home.resolve("token").toString());
      List<JsonNode> lines = json(run);
      assertEquals(3, lines.size(), run.out());
      assertEquals(lease(1).value(), lines.get(2).path("lease").asText());
      JsonNode first = StrictJson.mapper().readTree(service.bodies().get(0));
      assertEquals("sha256:" + "0".repeat(64), first.at("/selector/image").asText());
      assertEquals(THEN, first.path("since").asLong());
      assertEquals(9, StrictJson.mapper().readTree(service.bodies().get(1)).path("before").asInt());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--since|yesterday",
        "--since|2026-02-30",
        "--since|2026-03-02|--until|2026-03-01",
        "--chip|xyz",
        "--tcb-below|tdx:tcb_status=Revoked"
      })
  void whatMeansNobodyIsMisuse(String arguments) {
    List<String> words = new ArrayList<>(List.of("exposure"));
    if (!arguments.isEmpty()) {
      words.addAll(List.of(arguments.split("\\|")));
    }
    Run run = Run.of(home, words.toArray(String[]::new));
    assertEquals(2, run.exit(), run.out() + run.err());
  }
}
