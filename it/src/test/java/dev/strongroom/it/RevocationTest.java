package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How a right ends: by revocation, by expiry, or with a sidecar that can no longer tell. */
class RevocationTest {
  private static final Pattern REVOCATION = Pattern.compile("rev-[0-9a-f]{32}");

  private static final Pattern EVENT = Pattern.compile("\"event\":\"([a-z-]+)\"");
  private static final int SIGKILLED = 128 + 9;

  private static OnStage on;
  private static Path model;

  @BeforeAll
  static void open() {
    on = OnStage.open();
    on.edit(
        on.policy(),
        "leases:\n",
        """
        leases:
          - {models: ["acme/killed"], ttl: 6s, grace: 0s}
          - {models: ["acme/paused"], ttl: 6s, grace: 0s}
        """);
    on.edit(
        on.stage().config(),
        "leases: {maxLive: 1000000,",
        "leases: {wipeAcknowledgeWithin: 1s, maxLive: 1000000,");
    on.restartKeyService();
    model = SampleModel.small(on.path("small"));
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void aLeaseIsRevokedAndItsHolderDeniedUntilItIsLifted() throws IOException {
    on.publish(model, "acme/by-lease", "1");
    try (Workload workload = workload("by-lease");
        ChildProcess consumer = consumer(workload);
        ChildProcess sidecar = deliver(workload)) {
      String lease = OnStage.lease(sidecar);
      String revocation = revoke("--lease", lease);
      assertWiped(workload, sidecar, lease, Lease.ConsumerEnd.ENDED);
      consumer.awaitExit(Await.LIMIT);

      assertDenied(workload);
      on.stage().strongroom(Stage.OPERATOR, "revoke", "lift", revocation).expect(0);
      on.awaitEvent(
          LogEvent.RevocationLifted.class,
          Await.LIMIT,
          e -> e.revocation().value().equals(revocation));
      try (ChildProcess again = workload.startInit()) {
        assertEquals(0, again.awaitExit(Await.LIMIT), () -> again.output().toString());
        SampleModel.assertDelivered(model, workload.target());
      }
    }
  }

  @Test
  void aVersionIsRevokedForEverybody() {
    on.publish(model, "acme/by-model", "1");
    on.publish(model, "acme/by-model", "2");
    try (Workload first = workload("by-model");
        Workload second = on.stage().workload("second", Stage.INFERENCE, "acme/by-model", "2");
        ChildProcess sidecar = deliver(first);
        ChildProcess untouched = deliver(second)) {
      revoke("--model", "acme/by-model", "--version", "1");
      assertWiped(first, sidecar, OnStage.lease(sidecar), Lease.ConsumerEnd.NONE_KNOWN);
      assertDenied(first);
      assertTrue(untouched.isAlive() && Files.exists(second.target()), "version 2 stays");
    }
  }

  private Run dryRun() {
    return on.stage()
        .strongroom(
            Stage.OPERATOR,
            "revoke",
            "--subject",
            OnStage.INFERENCE_SUBJECT,
            "--model",
            "acme/by-subject",
            "--dry-run")
        .expect(0);
  }

  @Test
  void aSubjectIsRevokedOnAModel() {
    on.publish(model, "acme/by-subject", "1");
    try (Workload workload = workload("by-subject");
        ChildProcess sidecar = deliver(workload)) {
      String lease = OnStage.lease(sidecar);
      // The tables that it looks at follow the log within moments.
      Await.untilTrue(
          Await.LIMIT, "a dry run that names " + lease, () -> dryRun().text().contains(lease));
      assertTrue(Files.exists(workload.target()), "a dry run ends nothing");

      revoke("--subject", OnStage.INFERENCE_SUBJECT, "--model", "acme/by-subject");
      assertWiped(workload, sidecar, lease, Lease.ConsumerEnd.NONE_KNOWN);
      assertDenied(workload);
    }
  }

  @Test
  void whoMayNotRevokeDoesNot() {
    Run refused =
        on.stage()
            .strongroom(Stage.INFERENCE, "revoke", "--model", "acme/any", "--reason", "mischief")
            .expect(1);
    assertTrue(refused.text().contains("access-denied"), refused.text());
  }

  @Test
  void aShortLeaseIsRenewedWhileTheSidecarLivesAndUnconfirmedWhenItIsKilled() {
    on.publish(model, "acme/killed", "1");
    try (Workload workload = workload("killed");
        ChildProcess sidecar = deliver(workload)) {
      String lease = OnStage.lease(sidecar);
      sidecar.awaitLine("\"event\":\"renewed\"", Await.LIMIT);
      on.awaitEvent(LogEvent.LeaseRenewed.class, Await.LIMIT, e -> e.lease().value().equals(lease));

      sidecar.kill();
      on.awaitEvent(
          LogEvent.LeaseEnded.class,
          Await.LIMIT,
          e -> e.lease().value().equals(lease) && e.cause() == Lease.EndCause.EXPIRED);
      on.awaitEvent(
          LogEvent.WipeUnconfirmed.class, Await.LIMIT, e -> e.lease().value().equals(lease));
      assertTrue(
          on.event(LogEvent.LeaseWiped.class, e -> e.lease().value().equals(lease)).isEmpty());
      assertTrue(Files.exists(workload.target()), "nobody could wipe");
    }
  }

  @Test
  void aPausedSidecarWipesWhenItRunsAgain() {
    on.publish(model, "acme/paused", "1");
    try (Workload workload = workload("paused");
        ChildProcess sidecar = deliver(workload)) {
      String lease = OnStage.lease(sidecar);
      sidecar.signal("STOP");
      on.awaitEvent(
          LogEvent.WipeUnconfirmed.class, Await.LIMIT, e -> e.lease().value().equals(lease));
      sidecar.signal("CONT");
      sidecar.awaitLine("\"event\":\"wiped\"", Await.LIMIT);
      assertTrue(Files.notExists(workload.target()));
      on.awaitEvent(LogEvent.LeaseWiped.class, Await.LIMIT, e -> e.lease().value().equals(lease));
    }
  }

  /** SIGTERM to the sidecar: a consumer that does not hear it does not cut the wipe short. */
  @Test
  void aSidecarThatIsToldToStopWipesAndAcknowledgesBeforeItEnds() throws IOException {
    on.publish(model, "acme/stopped", "1");
    try (Workload workload = workload("stopped");
        ChildProcess consumer =
            ChildProcess.start(
                List.of("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"),
                Map.of())) {
      consumer.awaitLine("deaf", Await.LIMIT);
      consumedBy(consumer, workload, 1);
      try (ChildProcess sidecar = deliver(workload)) {
        String lease = OnStage.lease(sidecar);
        sidecar.terminate();
        assertEquals(0, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
        assertEquals(SIGKILLED, consumer.awaitExit(Await.LIMIT));
        assertTrue(Files.notExists(workload.target()), "the files are gone");
        assertOrder(sidecar, "lease-over", "consumer-stopped", "wiped", "acknowledged");
        // Durable before it was acknowledged; its tile is published a moment later.
        LogEvent.LeaseWiped wiped =
            on.awaitEvent(
                LogEvent.LeaseWiped.class, Await.LIMIT, e -> e.lease().value().equals(lease));
        assertEquals(Lease.ConsumerEnd.ENDED, wiped.consumer());
        assertEquals(1, wiped.files());
      }
    }
  }

  private static void assertOrder(ChildProcess agent, String... events) {
    List<String> told =
        agent.output().stream()
            .map(EVENT::matcher)
            .filter(Matcher::find)
            .map(found -> found.group(1))
            .filter(Set.of(events)::contains)
            .toList();
    assertEquals(List.of(events), told);
  }

  private static Workload workload(String name) {
    return on.stage().workload(name, Stage.INFERENCE, "acme/" + name, "1");
  }

  private static ChildProcess deliver(Workload workload) {
    return workload.deliver(Await.LIMIT);
  }

  // A process that reads the model until somebody stops it.
  private static ChildProcess consumer(Workload workload) throws IOException {
    ChildProcess consumer = ChildProcess.start(List.of("tail", "-f", "/dev/null"), Map.of());
    consumedBy(consumer, workload, 10);
    return consumer;
  }

  private static void consumedBy(ChildProcess consumer, Workload workload, int stopSeconds)
      throws IOException {
    Files.writeString(workload.pidFile(), Long.toString(consumer.pid()));
    workload.with(
        "\"consumer\": {\"pidFile\": \""
            + workload.pidFile()
            + "\", \"stopSeconds\": "
            + stopSeconds
            + "}");
  }

  private static String revoke(String... selector) {
    List<String> arguments = new ArrayList<>(List.of("revoke"));
    arguments.addAll(List.of(selector));
    arguments.addAll(List.of("--reason", "a test"));
    Run run = on.stage().strongroom(Stage.OPERATOR, arguments.toArray(String[]::new)).expect(0);
    return OnStage.find(REVOCATION, run.text());
  }

  private static void assertWiped(
      Workload workload, ChildProcess sidecar, String lease, Lease.ConsumerEnd consumer) {
    assertEquals(0, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
    assertTrue(Files.notExists(workload.target()), "the files are gone");
    on.awaitEvent(
        LogEvent.LeaseEnded.class,
        Await.LIMIT,
        e ->
            e.lease().value().equals(lease)
                && e.cause() == Lease.EndCause.REVOKED
                && e.revocation() != null);
    LogEvent.LeaseWiped wiped =
        on.awaitEvent(LogEvent.LeaseWiped.class, Await.LIMIT, e -> e.lease().value().equals(lease));
    assertEquals(1, wiped.files());
    assertEquals(consumer, wiped.consumer());
    assertTrue(wiped.copiesPossible());
  }

  private static void assertDenied(Workload workload) {
    try (ChildProcess again = workload.startSidecar()) {
      assertEquals(10, again.awaitExit(Await.LIMIT), () -> again.output().toString());
      String failed = again.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"revoked\""), failed);
      assertTrue(Files.notExists(workload.target()));
    }
  }
}
