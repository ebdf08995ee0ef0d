package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.LogReport;
import dev.strongroom.auditlog.LogVerifier;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.keyservice.ledger.LedgerComparison;
import dev.strongroom.keyservice.ledger.LedgerLimits;
import dev.strongroom.keyservice.ledger.LedgerRebuild;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Processes that are killed at seeded random moments (SIGKILL), and what holds afterwards. Moments
 * are drawn as a number of grants taken or of microseconds after an event, so that each run meets
 * others of them.
 */
class CrashTest {
  private static final int SERVICE_ROUNDS = 6;
  private static final int SIDECAR_ROUNDS = 12;
  private static final int CLIENTS = 8;
  private static final Pattern SKIPPED = Pattern.compile("\"skipped\":\\d+");

  private static OnStage on;

  @BeforeAll
  static void open() {
    on = OnStage.open();
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void everyGrantThatAClientHoldsIsInTheLogOfAKilledService() throws IOException {
    on.publish(SampleModel.small(on.path("crashed")), "acme/crashed", "1");
    Random random = new Random(20_26);
    Queue<GrantTakers.Taken> taken = new ConcurrentLinkedQueue<>();
    for (int round = 0; round < SERVICE_ROUNDS; round++) {
      int enough = 1 + random.nextInt(200);
      try (GrantTakers takers = new GrantTakers(on, "acme/crashed", "1", CLIENTS, taken)) {
        Await.untilTrue(Await.LIMIT, enough + " grants", () -> takers.count() >= enough);
        LockSupport.parkNanos(random.nextInt(20_000_000));
        on.stage().killKeyService();
      }
      on.stage().startKeyService();
      assertHeldGrantsAreLogged(taken);
    }
    assertTrue(taken.size() >= SERVICE_ROUNDS, "grants were taken: " + taken.size());
    on.stage().stopKeyService();
    try {
      assertTablesEqualTheLog();
    } finally {
      on.stage().startKeyService();
    }
  }

  private static void assertHeldGrantsAreLogged(Queue<GrantTakers.Taken> taken) {
    LogReport report =
        LogVerifier.verify(on.stage().log(), on.logTrust(), List.of(), InstantSource.system());
    assertInstanceOf(LogReport.Sound.class, report);
    List<LogEvent> events = on.events();
    for (GrantTakers.Taken each : taken) {
      LogEvent.GrantIssued logged =
          assertInstanceOf(
              LogEvent.GrantIssued.class, events.get(Math.toIntExact(each.logIndex())));
      assertEquals(each.grant().lease(), logged.lease());
      assertEquals(each.grant().nonceHash(), logged.nonceHash());
      assertEquals(each.grant().cnf().jkt(), logged.jkt());
    }
    Set<Sha256Digest> nonces = new HashSet<>();
    for (LogEvent event : events) {
      if (event instanceof LogEvent.GrantIssued issued) {
        assertTrue(nonces.add(issued.nonceHash()), "one nonce, one grant: " + issued);
      }
    }
  }

  private static void assertTablesEqualTheLog() {
    try (Database fresh = Database.open(on.path("fresh.db"));
        Database store = Database.open(on.stage().dataDir().resolve("store.db"))) {
      LedgerRebuild.rebuild(on.log(), fresh, LedgerLimits.DEFAULT);
      assertEquals(Optional.empty(), LedgerComparison.firstDifference(store, fresh));
    }
  }

  @Test
  void aKilledSidecarLeavesNoHalfModelInSight() throws IOException {
    Path model = SampleModel.mixed(on.path("mixed"));
    on.publish(model, "acme/half", "1");
    Random random = new Random(31);
    int whole = 0;
    try (Workload workload = on.stage().workload("half", Stage.INFERENCE, "acme/half", "1")) {
      for (int round = 0; round < SIDECAR_ROUNDS; round++) {
        try (ChildProcess sidecar = workload.startSidecar()) {
          sidecar.awaitLine("\"event\":\"granted\"", Await.LIMIT);
          LockSupport.parkNanos(random.nextInt(90_000_000));
          sidecar.kill();
        }
        if (Files.exists(workload.target())) {
          SampleModel.assertDelivered(model, workload.target());
          whole++;
        }
        if (round % 3 == 2) {
          removeReady(workload);
        }
      }
      try (ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
        SampleModel.assertDelivered(model, workload.target());
        assertOnlyTheModelIsLeft(workload);
        sidecar.terminate();
        assertEquals(0, sidecar.awaitExit(Await.LIMIT));
        assertTrue(Files.notExists(workload.target()));
      }
    }
    System.out.println("sidecar killed " + SIDECAR_ROUNDS + " times, model whole " + whole);
  }

  // A whole model that was left is used again, so a later round would have nothing to deliver.
  private static void removeReady(Workload workload) {
    if (Files.exists(workload.target())) {
      dev.strongroom.testkit.stage.Trees.remove(workload.target());
    }
  }

  private static void assertOnlyTheModelIsLeft(Workload workload) throws IOException {
    Path parent = workload.target().getParent();
    try (Stream<Path> walk = Files.walk(parent)) {
      List<Path> others =
          walk.filter(Files::isRegularFile)
              .filter(file -> !file.startsWith(workload.target()))
              .filter(file -> !file.equals(SampleModel.readyFile(workload.target())))
              .filter(file -> !file.getFileName().toString().endsWith(".owner"))
              .toList();
      assertEquals(List.of(), others);
    }
  }

  @Test
  void aRestartedSidecarUsesWhatIsThereOnlyAfterHashingIt() throws IOException {
    Path model = SampleModel.small(on.path("reused"));
    on.publish(model, "acme/reused", "1");
    try (Workload workload = on.stage().workload("reused", Stage.INFERENCE, "acme/reused", "1")) {
      try (ChildProcess killed = workload.deliver(Await.LIMIT)) {
        killed.kill();
      }
      try (ChildProcess again = workload.deliver(Await.LIMIT)) {
        again.awaitLine("\"event\":\"reused\"", Await.LIMIT);
        again.kill();
      }
      Path file = workload.target().resolve("model.bin");
      byte[] changed = Files.readAllBytes(file);
      changed[100] ^= 1;
      try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
        channel.write(java.nio.ByteBuffer.wrap(changed));
      }
      try (ChildProcess again = workload.deliver(Await.LIMIT)) {
        assertTrue(
            again.output().stream().noneMatch(line -> line.contains("\"event\":\"reused\"")),
            () -> again.output().toString());
        SampleModel.assertDelivered(model, workload.target());
      }
    }
  }

  @Test
  void aKilledPublicationGoesOnWhereItStopped() throws IOException {
    Path model =
        SampleModel.write(
            on.path("resumed"), Map.of("a.bin", 3 << 20, "b.bin", 48 << 20, "c.bin", 48 << 20));
    String object;
    try (ChildProcess publishing =
        on.stage()
            .start(
                Stage.PUBLISHER,
                "publish",
                model.toString(),
                "--model",
                "acme/resumed",
                "--version",
                "1",
                "--key",
                on.stage().publisherKey().toString())) {
      String completed = publishing.awaitLine("\"event\":\"object-completed\"", Await.LIMIT);
      publishing.kill();
      object = OnStage.find(Pattern.compile("\"object\":\"[0-9a-f]+\""), completed);
      object = object.substring(object.indexOf(':') + 2, object.length() - 1);
    }
    Path stored = on.stage().objects().resolve(on.stage().storage().bucket()).resolve(object);
    FileTime written = Files.getLastModifiedTime(stored);

    Run again = on.stage().publish(model, "acme/resumed", "1").expect(0);
    assertTrue(again.text().contains("\"resumed\":true"), again.text());
    String last =
        again.output().stream()
            .filter(line -> line.contains("\"event\":\"progress\""))
            .reduce((one, other) -> other)
            .orElseThrow();
    long skipped = Long.parseLong(OnStage.find(SKIPPED, last).substring("\"skipped\":".length()));
    assertTrue(skipped >= 3 << 20, "what was finished is not sent again: " + last);
    assertEquals(written, Files.getLastModifiedTime(stored));

    try (Workload workload = on.stage().workload("resumed", Stage.INFERENCE, "acme/resumed", "1");
        ChildProcess init = workload.startInit()) {
      assertEquals(0, init.awaitExit(Await.LIMIT), () -> init.output().toString());
      SampleModel.assertDelivered(model, workload.target());
    }
  }
}
