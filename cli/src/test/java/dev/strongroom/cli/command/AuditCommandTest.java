package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.cli.Run;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {
  private static final int ENTRIES = 300;

  @TempDir Path home;
  Path log;
  String trust = "";

  @BeforeEach
  void writeLog() throws Exception {
    log = home.resolve("log");
    String origin = "keys.example.org/log";
    LogKeys keys = LogKeys.generate(home.resolve("ed"), home.resolve("ml"), origin);
    fill(log, keys, ENTRIES, 0);
    trust = home.resolve("trust.json").toString();
    TrustBundle bundle =
        new TrustBundle(
            TrustBundle.FORMAT,
            "https://keys.example.org",
            List.of(PinnedKey.of(SigningKey.generate(SignatureAlgorithm.ES256).publicKey())),
            new TrustBundle.LogTrust(
                origin,
                keys.verifierKeys().stream()
                    .map(key -> new TrustBundle.LogKey(key.toString(), null, null))
                    .toList()),
            List.of());
    Files.write(Path.of(trust), StrictJson.mapper().writeValueAsBytes(bundle));
  }

  private static void fill(Path folder, LogKeys keys, int entries, long at) throws Exception {
    try (AuditLog opened = AuditLog.open(AuditLogConfig.of(folder), keys, InstantSource.system())) {
      for (int i = 0; i < entries; i++) {
        LogEvent event =
            LogEvent.PolicyApplied.ofFile(at + 1_000L * i, Sha256Digest.of(new byte[] {(byte) i}));
        opened.submit(index -> EventCodec.write(event)).get(10, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void findsASoundLogSound() {
    Run run = Run.of(home, "audit", "verify", log.toString(), "--trust", trust);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("size " + ENTRIES), run.out());
    Run json = Run.of(home, "audit", "verify", log.toString(), "--trust", trust, "--json");
    assertTrue(json.out().contains("\"sound\":true"), json.out());
  }

  @Test
  void namesTheFirstBadEntry() throws IOException {
    Path bundle = log.resolve("tile/entries/000");
    byte[] bytes = Files.readAllBytes(bundle);
    bytes[bytes.length / 2] ^= 1;
    Files.write(bundle, bytes);
    Run run = Run.of(home, "audit", "verify", log.toString(), "--trust", trust, "--json");
    assertEquals(4, run.exit());
    assertTrue(run.out().contains("\"sound\":false"), run.out());
    long index = Long.parseLong(run.out().replaceAll("(?s).*\"firstBadIndex\":([0-9]+).*", "$1"));
    assertTrue(index > 100 && index < 156, run.out());

    Run people = Run.of(home, "audit", "verify", log.toString(), "--trust", trust);
    assertTrue(people.out().contains("First bad index: " + index), people.out());
  }

  @Test
  void raisesNoAlarmWhereThereIsNoLog() throws IOException {
    Path empty = Files.createDirectory(home.resolve("empty"));
    for (Path place : List.of(home.resolve("nolog"), empty, Path.of(trust))) {
      for (String command : List.of("verify", "show")) {
        Run run = Run.of(home, "audit", command, place.toString(), "--trust", trust);
        assertEquals(2, run.exit(), run.err());
        assertTrue(run.err().contains("cannot be verified"), run.err());
        assertFalse((run.out() + run.err()).contains("eep the directory"), run.err());
      }
    }
  }

  @Test
  void findsThatTheCheckpointIsGone() throws IOException {
    Files.delete(log.resolve("checkpoint"));
    Run run = Run.of(home, "audit", "verify", log.toString(), "--trust", trust);
    assertEquals(4, run.exit(), run.err());
    assertTrue(run.out().contains("checkpoint-missing"), run.out());
  }

  @Test
  void refusesUnknownEvents() {
    Run near =
        Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--event", "grant.isued");
    assertEquals(2, near.exit());
    assertTrue(near.err().contains("did you mean 'grant.issued'?"), near.err());
    Run far = Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--event", "x");
    assertEquals(2, far.exit());
    assertTrue(far.err().contains("lease.wipe-unconfirmed"), far.err());
    Run help = Run.of(home, "audit", "show", "--help");
    assertTrue(help.out().contains("revocation.lifted"), help.out());
  }

  @Test
  void findsATruncatedLog() throws IOException {
    Path kept = home.resolve("kept");
    Files.copy(log.resolve("checkpoint"), kept);
    Files.delete(log.resolve("tile/entries/000"));
    Run run =
        Run.of(
            home,
            "audit",
            "verify",
            log.toString(),
            "--trust",
            trust,
            "--checkpoint",
            kept.toString());
    assertEquals(4, run.exit());
    assertTrue(run.out().contains("bundle-missing"), run.out());
    assertTrue(run.out().contains("First bad index: 0"), run.out());
  }

  @Test
  void doesNotBelieveALogOfOtherKeys() throws Exception {
    try (Stream<Path> files = Files.walk(log)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    fill(
        log,
        LogKeys.generate(home.resolve("ed-2"), home.resolve("ml-2"), "keys.example.org/log"),
        3,
        0);
    Run run = Run.of(home, "audit", "verify", log.toString(), "--trust", trust);
    assertEquals(4, run.exit());
    assertTrue(run.out().contains("signature-missing"), run.out());
  }

  @Test
  void showsNothingThatDoesNotLeadToTheRoot() throws Exception {
    Path other = home.resolve("other");
    LogKeys keys = LogKeys.generate(home.resolve("ed-2"), home.resolve("ml-2"), "other.example");
    fill(other, keys, ENTRIES, 1);
    for (String tile : new String[] {"tile/entries/000", "tile/0/000"}) {
      Files.copy(other.resolve(tile), log.resolve(tile), StandardCopyOption.REPLACE_EXISTING);
    }
    Run all = Run.of(home, "audit", "show", log.toString(), "--trust", trust);
    assertEquals(4, all.exit(), all.out());
    assertEquals("", all.out());
    assertTrue(all.err().startsWith("root-mismatch"), all.err());
    Run one = Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--index", "7");
    assertEquals(4, one.exit(), one.out());
    assertEquals("", one.out());
  }

  @Test
  void showsEntries() {
    Run lines = Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--from", "298");
    assertEquals(0, lines.exit(), lines.err());
    assertEquals(2, lines.out().lines().count());
    assertTrue(lines.out().startsWith("298  1970-01-01T00:04:58Z  policy.applied"), lines.out());

    Run one =
        Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--index", "7", "--json");
    assertTrue(one.out().contains("\"index\":7"), one.out());
    Run none =
        Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--event", "grant.issued");
    assertEquals("", none.out());
    Run beyond = Run.of(home, "audit", "show", log.toString(), "--trust", trust, "--index", "300");
    assertEquals(1, beyond.exit());
    assertTrue(beyond.err().startsWith("index-out-of-range"), beyond.err());
    assertFalse(beyond.err().contains("keep the directory"), beyond.err());
  }
}
