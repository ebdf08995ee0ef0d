package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.PlaintextSearch;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One published model, and what different workloads get of it. */
class EndToEndTest {
  private static final String MODEL = "acme/mixed";
  private static final Pattern EXPLANATION = Pattern.compile("why-[0-9a-f]{32}");
  private static final Pattern DRAFT = Pattern.compile("draft-[0-9a-f]{32}");

  private static OnStage on;
  private static Path model;

  @BeforeAll
  static void publish() {
    on = OnStage.open();
    model = SampleModel.mixed(on.path("mixed"));
    on.publish(model, MODEL, "1");
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void aSidecarDeliversEveryFileAndWipesAtItsEnd() throws IOException {
    try (Workload workload = on.stage().workload("sidecar", Stage.INFERENCE, MODEL, "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      SampleModel.assertDelivered(model, workload.target());
      String marker = Files.readString(SampleModel.readyFile(workload.target()));
      assertTrue(marker.contains("\"model\":\"" + MODEL + "\""), marker);

      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
      assertTrue(Files.notExists(workload.target()));
      assertTrue(Files.notExists(SampleModel.readyFile(workload.target())));
      String lease = OnStage.lease(sidecar);
      LogEvent.LeaseWiped wiped =
          on.awaitEvent(
              LogEvent.LeaseWiped.class, Await.LIMIT, e -> e.lease().value().equals(lease));
      assertEquals(Lease.EndCause.RELEASED, wiped.cause());
      assertEquals(8, wiped.files());
    }
  }

  @Test
  void aStrangerIsDeniedAndTheOperatorReadsWhy() {
    try (Workload workload = on.stage().workload("stranger", Stage.STRANGER, MODEL, "1");
        ChildProcess sidecar = workload.startSidecar()) {
      assertEquals(10, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
      String failed = sidecar.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"access-denied\""), failed);
      assertTrue(Files.notExists(workload.target()));

      String explanation = OnStage.find(EXPLANATION, failed);
      String text =
          on.stage().strongroom(Stage.OPERATOR, "grant", "explain", explanation).expect(0).text();
      assertTrue(text.contains("access-denied: " + Stage.ISSUER + "|" + Stage.STRANGER), text);
      assertTrue(text.contains("inference"), "the binding that came nearest is named: " + text);
      assertTrue(text.contains("would change: "), text);
      assertTrue(
          on.event(
                  LogEvent.RequestDenied.class,
                  e ->
                      e.explanation().value().equals(explanation)
                          && e.code().equals("access-denied"))
              .isPresent());
    }
  }

  @Test
  void anInitContainerDeliversOnceAndTheLogSaysSo() throws IOException {
    try (Workload workload = on.stage().workload("init", Stage.INFERENCE, MODEL, "1");
        ChildProcess init = workload.startInit()) {
      assertEquals(0, init.awaitExit(Await.LIMIT), () -> init.output().toString());
      SampleModel.assertDelivered(model, workload.target());
      String lease = OnStage.lease(init);
      LogEvent.GrantIssued issued =
          on.awaitEvent(
              LogEvent.GrantIssued.class, Await.LIMIT, e -> e.lease().value().equals(lease));
      assertEquals(DeliveryMode.INIT, issued.mode());
      assertFalse(issued.attested());
    }
  }

  @Test
  void theHybridSuiteDelivers() throws IOException {
    try (Workload workload =
            on.stage()
                .workload("xwing", Stage.INFERENCE, MODEL, "1")
                .with("\"suite\": \"xwing-hkdf-sha256-aes256gcm\"");
        ChildProcess init = workload.startInit()) {
      assertEquals(0, init.awaitExit(Await.LIMIT), () -> init.output().toString());
      SampleModel.assertDelivered(model, workload.target());
    }
  }

  @Test
  void aVersionIsPublishedOnce() {
    Run again = on.stage().publish(model, MODEL, "1").expect(1);
    assertTrue(again.text().contains("version-exists"), again.text());
  }

  @Test
  void whoMayNotPublishDoesNot() {
    Run refused =
        on.stage()
            .strongroom(
                Stage.INFERENCE,
                "publish",
                model.toString(),
                "--model",
                MODEL,
                "--version",
                "2",
                "--key",
                on.stage().publisherKey().toString())
            .expect(1);
    assertTrue(refused.text().contains("access-denied"), refused.text());
  }

  @Test
  void aDraftIsListedAndAbandoned() {
    Path unfinished = SampleModel.mixed(on.path("unfinished"));
    try (ChildProcess publishing =
        on.stage()
            .start(
                Stage.PUBLISHER,
                "publish",
                unfinished.toString(),
                "--model",
                "acme/unfinished",
                "--version",
                "1",
                "--key",
                on.stage().publisherKey().toString())) {
      String opened = publishing.awaitLine("\"event\":\"draft-opened\"", Await.LIMIT);
      publishing.kill();
      String draft = OnStage.find(DRAFT, opened);
      String listed = on.stage().strongroom(Stage.PUBLISHER, "version", "drafts").expect(0).text();
      assertTrue(listed.contains(draft), listed);

      on.stage().strongroom(Stage.PUBLISHER, "version", "abandon", draft).expect(0);
      String empty = on.stage().strongroom(Stage.PUBLISHER, "version", "drafts").expect(0).text();
      assertFalse(empty.contains(draft), empty);
      on.awaitEvent(
          LogEvent.DraftAbandoned.class, Await.LIMIT, e -> e.draft().value().equals(draft));
    }
  }

  @Test
  void storageHoldsNoPlaintext() throws IOException {
    PlaintextSearch search = PlaintextSearch.samplesOf(model);
    assertTrue(search.in(model).found() > 300, "the search finds what is there");
    assertEquals(0, search.in(on.stage().objects()).found());
  }
}
