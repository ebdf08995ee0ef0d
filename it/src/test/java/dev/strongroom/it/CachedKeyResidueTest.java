package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.process.MemoryScan;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * A key service that holds data keys: its memory has one copy of one that is held, and none once
 * its version was revoked.
 */
class CachedKeyResidueTest {
  private static final String MODEL = "acme/cached";
  private static final String CONTROL = "control.bin";

  @Test
  void aHeldKeyIsInOnePlaceAndARevokedOneInNone() throws Exception {
    boolean root = "root".equals(System.getProperty("user.name"));
    if (System.getenv("CI") == null) {
      Assumptions.assumeTrue(root, "reading another process's memory needs root");
    }
    assertTrue(root, "reading another process's memory needs root");
    try (OnStage on = OnStage.open()) {
      Files.writeString(
          on.stage().config(),
          "dataKeyCache: {maxKeys: 8, maxAge: 1h}\n",
          StandardOpenOption.APPEND);
      Path model = SampleModel.write(on.path("model"), Map.of(CONTROL, 4_096));
      on.publish(model, MODEL, "1");
      on.restartKeyService();
      byte[] dataKey = dataKey(on, model.resolve(CONTROL));
      deliver(on, "first");
      deliver(on, "second");
      assertEquals(
          Set.of(DataKeySource.BACKEND, DataKeySource.CACHE),
          new TreeSet<>(
              on.events().stream()
                  .filter(LogEvent.GrantIssued.class::isInstance)
                  .map(event -> ((LogEvent.GrantIssued) event).dataKeySource())
                  .toList()));
      Await.untilTrue(Await.LIMIT, "the one copy that is held", () -> copies(on, dataKey) == 1);
      on.stage()
          .strongroom(
              Stage.OPERATOR,
              "revoke",
              "--model",
              MODEL,
              "--version",
              "1",
              "--reason",
              "a test",
              "--wait",
              "0s")
          .expect(0);
      Await.untilTrue(Await.LIMIT, "no copy after the revocation", () -> copies(on, dataKey) == 0);
    }
  }

  private static byte[] dataKey(OnStage on, Path control) throws Exception {
    KnownKeys known =
        KnownKeys.of(
            on.stage(),
            on.path("copy"),
            new ModelVersion(new ModelName(MODEL), new VersionId("1")),
            CONTROL,
            Files.readAllBytes(control));
    return Objects.requireNonNull(known.keys().get("data key"));
  }

  private static void deliver(OnStage on, String name) {
    try (Workload workload = on.stage().workload(name, Stage.INFERENCE, MODEL, "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT));
    }
  }

  private static long copies(OnStage on, byte[] dataKey) {
    try {
      return MemoryScan.of(on.stage().keyService().pid(), List.of(dataKey)).hits().size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
