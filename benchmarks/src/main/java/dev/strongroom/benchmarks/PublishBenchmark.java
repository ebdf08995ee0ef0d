package dev.strongroom.benchmarks;

import dev.strongroom.testkit.objectstore.VersitygwServer;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import java.nio.file.Path;

/**
 * Publication of one file of 1 GiB by the command line, from exec to exit, beside what the same
 * server takes raw: its CPU is that of this machine too.
 */
final class PublishBenchmark implements BenchMain.Benchmark {
  private static final long SIZE = 1L << 30;
  private static final int RUNS = 5;
  private static final int CONNECTIONS = 8;
  private static final String CASE = "publish 1 GiB, from exec to exit";

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    try (Stage stage =
            Stage.open(distribution, folder.resolve("stage"), Stage.Settings.USUAL.fast());
        RawSend send = new RawSend(stage.storage())) {
      Path model = Scratch.randomModel(folder.resolve("model"), SIZE);
      String server = VersitygwServer.missing().isEmpty() ? "versitygw" : "S3Proxy";
      double[] throughput = new double[RUNS];
      double[] hash = new double[RUNS];
      double[] raw = new double[RUNS];
      double[] ratio = new double[RUNS];
      send.seconds(SIZE, CONNECTIONS); // warm-up, of this process and of the server
      for (int i = 0; i < RUNS; i++) {
        Run run = stage.publish(model, "acme/random", Integer.toString(i)).expect(0);
        throughput[i] = SIZE / 1e9 / (run.took().toNanos() / 1e9);
        raw[i] = SIZE / 1e9 / send.seconds(SIZE, CONNECTIONS);
        ratio[i] = throughput[i] / raw[i];
        hash[i] = SIZE / 1e9 / sha256Seconds(model.resolve("model.safetensors"));
      }
      String conns = ", " + CONNECTIONS + " conns";
      report.add(
          Result.of(CASE, "strongroom, " + server + conns, "throughput", "GB/s", throughput));
      report.add(Result.of(CASE, server + ", 16 MiB parts" + conns, "raw send", "GB/s", raw));
      report.add(Result.of(CASE, "strongroom / raw send", "ratio", "1", ratio));
      report.add(Result.of("SHA-256 of 1 GiB", "sha256sum, 1 core", "throughput", "GB/s", hash));
      report.add(
          Result.of(
              "AES-256-GCM, 1 MiB",
              "openssl speed, 1 core",
              "throughput",
              "GB/s",
              OpensslSpeed.aes256Gcm()));
    }
  }

  private static double sha256Seconds(Path file) throws Exception {
    long begin = System.nanoTime();
    new ProcessBuilder("sha256sum", file.toString())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return (System.nanoTime() - begin) / 1e9;
  }
}
