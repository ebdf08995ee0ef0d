package dev.strongroom.demo;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import dev.strongroom.testkit.stage.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Runs each program once as it is used, so that the JVM can write the ahead-of-time cache that its
 * later starts use. Part of packaging.
 */
public final class Training {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final List<String> PROGRAMS =
      List.of("strongroom", "strongroom-keyservice", "strongroom-sidecar", "strongroom-init");

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
    Path records = Files.createDirectories(folder.resolve("records"));
    Stage.Settings settings = Stage.Settings.USUAL.training(records);
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
      assemble(distribution, records);
    } finally {
      Trees.remove(folder);
    }
    System.err.println("start-up caches written to " + cache);
  }

  /** Makes the cache of each program from what its run recorded. */
  private static void assemble(Path distribution, Path records) {
    for (String program : PROGRAMS) {
      ChildProcess assembly =
          ChildProcess.start(
              List.of(distribution.resolve("bin").resolve(program).toString()),
              Map.of(
                  "STRONGROOM_JDK",
                  System.getProperty("java.home"),
                  "STRONGROOM_ASSEMBLE",
                  records.toString()));
      int exit = assembly.awaitExit(LIMIT);
      if (exit != 0) {
        throw new AssertionError(program + " has no start-up cache: " + assembly.output());
      }
    }
  }
}
