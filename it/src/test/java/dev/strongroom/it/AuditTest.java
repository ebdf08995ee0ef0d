package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.keyservice.ledger.LedgerComparison;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an auditor and an operator can find out, offline and from outside. */
class AuditTest {
  private static OnStage on;

  @BeforeAll
  static void publishAndDeliver() {
    on = OnStage.open();
    on.publish(SampleModel.small(on.path("small")), "acme/audited", "1");
    try (Workload workload = on.stage().workload("audited", Stage.INFERENCE, "acme/audited", "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT));
    }
    on.awaitEvent(LogEvent.LeaseWiped.class, Await.LIMIT, e -> true);
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void aFetchedCopyEqualsTheLogAndVerifies() throws IOException {
    Path copy = on.path("fetched");
    audit("fetch", copy.toString()).expect(0);
    for (String part : new String[] {"checkpoint", "tile/entries/000.p", "tile/0/000.p"}) {
      Path theirs = newest(copy.resolve(part));
      Path ours = on.stage().log().resolve(copy.relativize(theirs));
      assertTrue(java.util.Arrays.equals(Files.readAllBytes(ours), Files.readAllBytes(theirs)));
    }
    Run verified = audit("verify", copy.toString()).expect(0);
    assertTrue(verified.text().contains("The log holds together"), verified.text());
  }

  @Test
  void aFlippedByteOfACopyIsNamed() throws IOException {
    Path copy = on.path("flipped");
    copyTree(on.stage().log(), copy);
    Path bundle = newest(copy.resolve("tile/entries/000.p"));
    byte[] bytes = Files.readAllBytes(bundle);
    int second = 2 + (((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff)) + 2;
    bytes[second + 20] ^= 1;
    Files.write(bundle, bytes);
    Run verified = audit("verify", copy.toString()).expect(1);
    assertTrue(verified.text().contains("First bad index: 1"), verified.text());
  }

  @Test
  void aKeptCheckpointIsConsistentWithTheLogOfLater() throws IOException {
    Path kept = on.path("kept.checkpoint");
    Files.copy(on.stage().log().resolve("checkpoint"), kept);
    int before = on.events().size();
    try (Workload workload = on.stage().workload("denied", Stage.STRANGER, "acme/audited", "1");
        ChildProcess sidecar = workload.startSidecar()) {
      assertEquals(10, sidecar.awaitExit(Await.LIMIT));
    }
    Await.untilTrue(Await.LIMIT, "a longer log", () -> on.events().size() > before);
    audit("verify", on.stage().log().toString(), "--checkpoint", kept.toString()).expect(0);
  }

  @Test
  void aReceiptOfOneEntryIsVerifiedAndWritten() throws IOException {
    Path receipt = on.path("receipt-0.txt");
    audit("receipt", "0", "--out", receipt.toString()).expect(0);
    assertTrue(Files.readString(receipt).startsWith("c2sp.org/tlog-proof"));
    Run beyond = audit("receipt", "100000").expect(1);
    assertTrue(beyond.text().contains("not-found"), beyond.text());
  }

  @Test
  void showFiltersByKindOfEvent() {
    Run shown = audit("show", on.stage().log().toString(), "--event", "grant.issued").expect(0);
    assertTrue(shown.text().contains("grant.issued"), shown.text());
    assertTrue(!shown.text().contains("service.started"), shown.text());
  }

  @Test
  void followShowsWhatComesAndEndsWellOnCtrlC() throws Exception {
    Path copy = on.path("followed");
    try (ChildProcess follower =
        on.stage().start(Stage.OPERATOR, "audit", "show", copy.toString(), "--follow", "--fetch")) {
      follower.awaitLine("service.started", Await.LIMIT);
      try (Workload workload = on.stage().workload("watched", Stage.STRANGER, "acme/audited", "1");
          ChildProcess sidecar = workload.startSidecar()) {
        assertEquals(10, sidecar.awaitExit(Await.LIMIT));
      }
      String denied = follower.awaitLine("request.denied", Await.LIMIT);
      assertTrue(denied.contains("model=acme/audited"), denied);
      follower.signal("INT");
      assertEquals(0, follower.awaitExit(Await.LIMIT), () -> follower.output().toString());
    }
    audit("verify", copy.toString()).expect(0);
  }

  @Test
  void theDoctorSeesWhatIsWrong() throws IOException {
    on.stage().strongroom(Stage.OPERATOR, "doctor").expect(0);
    Path bad = on.stage().folder().resolve("bad.yaml");
    Files.writeString(
        bad, Files.readString(on.stage().config()).replace("policyFile:", "policyfile:"));
    Run found =
        on.stage().strongroom(Stage.OPERATOR, "doctor", "--config", bad.toString()).expect(1);
    assertTrue(found.text().contains("policyFile"), "the nearest key is named: " + found.text());
  }

  @Test
  void aRebuildFromTheLogAloneEqualsTheTables() throws IOException {
    Run running = rebuild(on.stage().config());
    assertTrue(running.exitCode() != 0, "not while the service runs: " + running.text());
    on.stage().stopKeyService();
    try {
      Path before = on.path("before");
      copyTree(on.stage().dataDir(), before);
      rebuild(on.stage().config()).expect(0);
      try (Database was = Database.open(before.resolve("store.db"));
          Database is = Database.open(on.stage().dataDir().resolve("store.db"))) {
        assertEquals(Optional.empty(), LedgerComparison.firstDifference(was, is));
      }
    } finally {
      on.stage().startKeyService();
    }
  }

  @Test
  void aCopyOfTheFolderIsABackup() throws IOException {
    on.stage().stopKeyService();
    try {
      Path backup = on.path("backup");
      copyTree(on.stage().dataDir(), backup);
      Trees.remove(on.stage().dataDir());
      copyTree(backup, on.stage().dataDir());
      Files.delete(on.stage().dataDir().resolve("store.db.epoch"));
    } finally {
      on.stage().startKeyService();
    }
    List<LogEvent.ServiceStarted> starts =
        on.events().stream()
            .filter(LogEvent.ServiceStarted.class::isInstance)
            .map(LogEvent.ServiceStarted.class::cast)
            .toList();
    assertNotEquals(
        starts.get(starts.size() - 2).nonceEpoch(),
        starts.getLast().nonceEpoch(),
        "nonces from before are void");
    try (Workload workload = on.stage().workload("restored", Stage.INFERENCE, "acme/audited", "1");
        ChildProcess init = workload.startInit()) {
      assertEquals(0, init.awaitExit(Await.LIMIT), () -> init.output().toString());
    }
  }

  @Test
  void theDataFolderIsItsOwnersAlone() throws IOException {
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(on.stage().dataDir())));
  }

  private static Run rebuild(Path config) {
    return on.stage().strongroom(Stage.OPERATOR, "store", "rebuild", "--config", config.toString());
  }

  private static Run audit(String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of("audit"));
    command.addAll(List.of(arguments));
    return on.stage().strongroom(Stage.OPERATOR, command.toArray(String[]::new));
  }

  // The file itself, or of a folder of partial tiles the widest.
  private static Path newest(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return path;
    }
    try (Stream<Path> widths = Files.list(path)) {
      return widths
          .max(
              java.util.Comparator.comparingInt(
                  file -> Integer.parseInt(file.getFileName().toString())))
          .orElseThrow();
    }
  }

  static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      walk.forEach(each -> {
        try {
          Files.copy(
              each,
              to.resolve(from.relativize(each).toString()),
              java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }
}
