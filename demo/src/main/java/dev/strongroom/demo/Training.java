package dev.strongroom.demo;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import dev.strongroom.testkit.stage.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Runs each program once as it is used, so that the JVM can write the ahead-of-time cache that its
 * later starts use. Part of packaging.
 */
public final class Training {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private Training() {}

  /**
   * @param arguments the packaged {@code strongroom} folder; the caches are written to its {@code
   *     cache}
   */
  public static void main(String[] arguments) throws Exception {
    Path distribution = Path.of(arguments[0]).toAbsolutePath();
    Path cache = distribution.resolve("cache");
    Trees.remove(cache);
    Files.createDirectories(cache);
    Path folder = Files.createTempDirectory("strongroom-training-");
    Stage.Settings settings = Stage.Settings.USUAL.training(cache);
    try (Stage stage = Stage.open(distribution, folder.resolve("stage"), settings)) {
      Path model = Files.createDirectories(folder.resolve("model"));
      Files.write(model.resolve("weights.bin"), new byte[9 << 20]);
      stage.publish(model, "acme/training", "1").expect(0);
      try (Workload sidecar = stage.workload("sidecar", Stage.INFERENCE, "acme/training", "1");
          Workload init = stage.workload("init", Stage.INFERENCE, "acme/training", "1")) {
        ChildProcess agent = sidecar.deliver(LIMIT);
        agent.terminate();
        agent.awaitExit(LIMIT);
        init.startInit().awaitExit(LIMIT);
      }
      stage.stopKeyService();
    } finally {
      Trees.remove(folder);
    }
    System.err.println("start-up caches written to " + cache);
  }
}
