package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a policy forbids, each with its code; and a policy that changes while the service runs. */
class PolicyTest {
  private static final String RULES =
      """
        - {models: ["acme/proved"], anyOf: [tdx, sev-snp]}
      conditions:
        - name: not-today
          models: ["acme/conditional"]
          expression: workload.podUid == "pod-1"
      """;

  private static OnStage on;

  @BeforeAll
  static void publish() throws IOException {
    on = OnStage.open(Stage.Settings.USUAL.policy(RULES.indent(0)));
    Path model = SampleModel.small(on.path("small"));
    for (String name : new String[] {"proved", "conditional", "resident"}) {
      on.publish(model, "acme/" + name, "1");
    }
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void withoutEvidenceAModelThatWantsItStaysClosed() {
    assertRefused("proved", "evidence-required", false);
  }

  @Test
  void aConditionThatDoesNotHoldRefuses() {
    assertRefused("conditional", "condition-failed", false);
  }

  @Test
  void aPolicyReadAgainForbidsInitContainers() throws IOException {
    Files.writeString(
        on.policy(),
        Files.readString(on.policy())
            .replace(
                "leases:\n",
                "leases:\n  - {models: [\"acme/resident\"], ttl: 60s, modes: [sidecar]}\n"));
    long before = policies();
    new ProcessBuilder("kill", "-HUP", Long.toString(on.stage().keyService().pid()))
        .inheritIO()
        .start();
    Await.untilTrue(Await.LIMIT, "the policy to be applied", () -> policies() > before);
    assertRefused("resident", "mode-forbidden", true);
  }

  private static long policies() {
    return on.events().stream().filter(LogEvent.PolicyApplied.class::isInstance).count();
  }

  private static void assertRefused(String name, String code, boolean init) {
    try (Workload workload = on.stage().workload(name, Stage.INFERENCE, "acme/" + name, "1");
        ChildProcess agent = init ? workload.startInit() : workload.startSidecar()) {
      assertEquals(10, agent.awaitExit(Await.LIMIT), () -> agent.output().toString());
      String failed = agent.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"" + code + "\""), failed);
      assertTrue(Files.notExists(workload.target()));
      on.awaitEvent(
          LogEvent.RequestDenied.class,
          Await.LIMIT,
          e ->
              e.code().equals(code)
                  && e.model() != null
                  && e.model().value().equals("acme/" + name));
    }
  }
}
