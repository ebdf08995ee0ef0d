package dev.strongroom.benchmarks;

import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.grant.HeldGrant;
import dev.strongroom.delivery.place.MemoryStatus;
import dev.strongroom.delivery.place.TargetSettings;
import dev.strongroom.delivery.place.TmpfsRegion;
import dev.strongroom.delivery.place.WipeManner;
import dev.strongroom.delivery.stream.ModelDelivery;
import dev.strongroom.delivery.stream.Verification;
import dev.strongroom.testkit.objectstore.VersitygwServer;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Delivery of one file of 1 GiB into a cold tmpfs region, beside what the same server gives raw and
 * what one core decrypts.
 */
final class DeliveryBenchmark implements BenchMain.Benchmark {
  private static final long SIZE = 1L << 30;
  private static final int RUNS = 7;
  private static final String CASE = "deliver 1 GiB";
  private static final String MODEL = "acme/random";
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    int workers = Runtime.getRuntime().availableProcessors();
    report.add(
        Result.of(
            "AES-256-GCM, 1 MiB",
            "openssl speed, 1 core",
            "throughput",
            "GB/s",
            OpensslSpeed.aes256Gcm(),
            OpensslSpeed.aes256Gcm(),
            OpensslSpeed.aes256Gcm()));
    System.err.println("  crypto in this process: " + CryptoProviders.install());
    try (Stage stage =
        Stage.open(
            distribution, folder.resolve("stage"), Stage.Settings.USUAL.fast().leases(3600))) {
      stage.publish(Scratch.randomModel(folder.resolve("model"), SIZE), MODEL, "1").expect(0);
      String server = VersitygwServer.missing().isEmpty() ? "versitygw" : "S3Proxy";
      try (ServiceUser user = new ServiceUser(stage);
          HeldGrant held = user.grant(MODEL, "1")) {
        warm(server, user, held, folder, workers, report);
      }
      fresh(server, stage, report);
    }
  }

  private static void warm(
      String server, ServiceUser user, HeldGrant held, Path folder, int workers, Report report)
      throws Exception {
    ObjectUrl url = held.verified().objects().getFirst();
    double[] raw = new double[RUNS];
    double[] curl = new double[RUNS];
    double[] ours = new double[RUNS];
    double[] digest = new double[RUNS];
    double[] ratio = new double[RUNS];
    deliver(
        user,
        held,
        folder,
        workers,
        Verification.TAGS); // warm-up, of the JIT and of the server's cache
    RawReceive.ranges(url, workers);
    for (int i = 0; i < RUNS; i++) {
      raw[i] = gigabytes(RawReceive.ranges(url, workers));
      curl[i] = gigabytes(RawReceive.curl(url));
      ours[i] = gigabytes(deliver(user, held, folder, workers, Verification.TAGS));
      digest[i] = gigabytes(deliver(user, held, folder, workers, Verification.DIGEST));
      ratio[i] = ours[i] / raw[i];
    }
    report.add(
        Result.of(
            CASE, server + ", 8 MiB ranges, " + workers + " conns", "raw receive", "GB/s", raw));
    report.add(Result.of(CASE, server + ", curl to /dev/null", "raw receive", "GB/s", curl));
    report.add(Result.of(CASE, "strongroom, warm, cold region", "throughput", "GB/s", ours));
    report.add(Result.of(CASE, "strongroom, verify: digest", "throughput", "GB/s", digest));
    report.add(Result.of(CASE, "strongroom / raw ranges", "ratio", "1", ratio));
  }

  private static double deliver(
      ServiceUser user, HeldGrant held, Path folder, int workers, Verification verification) {
    TargetSettings target = new TargetSettings(folder.resolve("target"), false, false);
    try (TmpfsRegion region = TmpfsRegion.open(target, new MemoryStatus());
        VersionKey key = VersionKey.of(held.verified().dataKey())) {
      long begin = System.nanoTime();
      new ModelDelivery(workers, ModelDelivery.PART_BYTES, verification, event -> {})
          .deliver(held.verified().manifest().manifest(), key, user.source(held, workers), region);
      double seconds = (System.nanoTime() - begin) / 1e9;
      region.wipe(WipeManner.OVERWRITE);
      return seconds;
    }
  }

  private static void fresh(String server, Stage stage, Report report) {
    double[] wall = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      try (Workload workload = stage.workload("fresh-" + i, Stage.INFERENCE, MODEL, "1")) {
        long begin = System.nanoTime();
        ChildProcess sidecar = workload.deliver(LIMIT);
        wall[i] = gigabytes((System.nanoTime() - begin) / 1e9);
        sidecar.terminate();
        sidecar.awaitExit(LIMIT);
      }
    }
    report.add(
        Result.of(
            CASE + ", from exec to READY",
            "strongroom-sidecar, " + server,
            "throughput",
            "GB/s",
            wall));
  }

  private static double gigabytes(double seconds) {
    return SIZE / 1e9 / seconds;
  }
}
