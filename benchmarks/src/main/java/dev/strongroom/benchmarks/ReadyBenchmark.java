package dev.strongroom.benchmarks;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** From exec to READY with a real model of 91 MB, and the start of the command line. */
final class ReadyBenchmark implements BenchMain.Benchmark {
  private static final int RUNS = 9;
  private static final String WEIGHTS = "all-minilm-l6-v2.onnx";
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    try (Stage stage =
        Stage.open(distribution, folder.resolve("stage"), Stage.Settings.USUAL.fast())) {
      stage.publish(model(folder.resolve("model")), "acme/minilm", "1").expect(0);
      double[] ready = new double[RUNS];
      double[] help = new double[RUNS];
      for (int i = 0; i < RUNS; i++) {
        ready[i] = ready(stage, i);
        Run run = stage.strongroom(Stage.OPERATOR, "--help").expect(0);
        help[i] = run.took().toNanos() / 1e9;
      }
      report.add(
          Result.of("MiniLM (91 MB), exec to READY", "strongroom-sidecar", "wall", "s", ready));
      report.add(Result.of("strongroom --help", "strongroom", "wall", "s", help));
    }
  }

  private static double ready(Stage stage, int run) {
    try (Workload workload = stage.workload("ready-" + run, Stage.INFERENCE, "acme/minilm", "1")) {
      workload.config();
      long begin = System.nanoTime();
      ChildProcess sidecar = workload.deliver(LIMIT);
      double seconds = (System.nanoTime() - begin) / 1e9;
      sidecar.terminate();
      sidecar.awaitExit(LIMIT);
      return seconds;
    }
  }

  private static Path model(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (InputStream in = ReadyBenchmark.class.getResourceAsStream("/" + WEIGHTS)) {
      if (in == null) {
        throw new IOException("the class path does not hold " + WEIGHTS);
      }
      Files.copy(in, directory.resolve(WEIGHTS));
    }
    return directory;
  }
}
