package dev.strongroom.benchmarks;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Heap of a sidecar with {@code -Xmx256m} that delivers 8 GiB, from its own collector's log. */
final class HeapBenchmark implements BenchMain.Benchmark {
  private static final long SIZE = 8L << 30;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Pattern COLLECTION = Pattern.compile("(\\d+)M->(\\d+)M\\((\\d+)M\\)");

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    Path disk = Files.createTempDirectory("strongroom-bench-");
    try (Stage stage =
        Stage.open(distribution, disk.resolve("stage"), Stage.Settings.USUAL.fast().leases(3600))) {
      Path model = Scratch.sparseModel(disk.resolve("model"), SIZE);
      stage.publish(model, "acme/sparse", "1").expect(0);
      Path log = disk.resolve("gc.log");
      try (Workload workload = stage.workload("heap", Stage.INFERENCE, "acme/sparse", "1")) {
        workload.withJavaOptions("-Xmx256m -Xlog:gc:file=" + log);
        long begin = System.nanoTime();
        ChildProcess sidecar = workload.deliver(LIMIT);
        double seconds = (System.nanoTime() - begin) / 1e9;
        double resident = residentMebibytes(sidecar.pid());
        sidecar.terminate();
        sidecar.awaitExit(LIMIT);
        report.add(
            Result.of(
                "deliver 8 GiB, -Xmx256m",
                "strongroom-sidecar",
                "heap before GC, most",
                "MiB",
                most(log, 1)));
        report.add(
            Result.of(
                "deliver 8 GiB, -Xmx256m",
                "strongroom-sidecar",
                "heap after GC, most",
                "MiB",
                most(log, 2)));
        report.add(
            Result.of(
                "deliver 8 GiB, -Xmx256m",
                "strongroom-sidecar",
                "resident at READY",
                "MiB",
                resident));
        report.add(
            Result.of(
                "deliver 8 GiB, -Xmx256m",
                "strongroom-sidecar",
                "throughput",
                "GB/s",
                SIZE / 1e9 / seconds));
      }
    } finally {
      dev.strongroom.testkit.stage.Trees.remove(disk);
    }
  }

  private static double most(Path log, int group) throws IOException {
    double most = 0;
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = COLLECTION.matcher(line);
      if (matcher.find()) {
        most = Math.max(most, Double.parseDouble(matcher.group(group)));
      }
    }
    return most;
  }

  private static double residentMebibytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmHWM:")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("no VmHWM of process " + pid);
  }
}
