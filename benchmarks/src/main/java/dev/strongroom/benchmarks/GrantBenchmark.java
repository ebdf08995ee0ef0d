package dev.strongroom.benchmarks;

import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocketFactory;

/**
 * Grants per second with a durable log, client included: each is two requests on a kept connection
 * (nonce, grant) with keys and a signature of its own; the last answer of each connection is
 * verified whole, as a sidecar does.
 */
final class GrantBenchmark implements BenchMain.Benchmark {
  private static final int[] CONNECTIONS = {1, 8, 32};
  private static final int ROUNDS = 5;
  private static final long ROUND_NANOS = 4_000_000_000L;
  private static final String MODEL = "acme/small";

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    System.err.println("  crypto in this process: " + CryptoProviders.install());
    Path disk = Files.createTempDirectory("strongroom-bench-");
    try (Stage stage =
        Stage.open(distribution, disk.resolve("stage"), Stage.Settings.USUAL.leases(3600))) {
      stage.publish(Scratch.randomModel(folder.resolve("model"), 1 << 20), MODEL, "1").expect(0);
      SSLSocketFactory tls = TlsTrust.of(stage.certificate()).getSocketFactory();
      round(stage, tls, 32, 4 * ROUND_NANOS); // warm-up of both sides
      for (int connections : CONNECTIONS) {
        measure(
            "grants",
            stage.keyService().pid(),
            number -> loads(stage, tls, number),
            connections,
            report);
      }
      stage.stopKeyService();
    } finally {
      dev.strongroom.testkit.stage.Trees.remove(disk);
    }
  }

  /** Makes loads, one for each connection. */
  @FunctionalInterface
  interface Loads {
    List<GrantLoad> of(int connections) throws Exception;
  }

  /** Measures rounds of grants on so many connections. */
  static void measure(String grants, long servicePid, Loads loads, int connections, Report report)
      throws Exception {
    double[] rate = new double[ROUNDS];
    double[] p50 = new double[ROUNDS];
    double[] p99 = new double[ROUNDS];
    double[] serviceCpu = new double[ROUNDS];
    double[] clientCpu = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      double service = ProcessCpu.seconds(servicePid);
      double client = ProcessCpu.seconds(ProcessHandle.current().pid());
      Round round = round(loads.of(connections), ROUND_NANOS);
      double millisPerGrant = 1000.0 / round.latencies().length;
      serviceCpu[i] = (ProcessCpu.seconds(servicePid) - service) * millisPerGrant;
      clientCpu[i] = (ProcessCpu.seconds(ProcessHandle.current().pid()) - client) * millisPerGrant;
      rate[i] = round.latencies().length / round.seconds();
      p50[i] = round.millis(0.50);
      p99[i] = round.millis(0.99);
    }
    String what = grants + ", " + connections + " connections";
    report.add(Result.of(what, "strongroom-keyservice", "rate", "1/s", rate));
    report.add(Result.of(what, "strongroom-keyservice", "latency p50", "ms", p50));
    report.add(Result.of(what, "strongroom-keyservice", "latency p99", "ms", p99));
    report.add(
        Result.of(what, "strongroom-keyservice", "CPU of the service", "ms/grant", serviceCpu));
    report.add(Result.of(what, "load generator", "CPU of the client", "ms/grant", clientCpu));
  }

  /**
   * @param latencies sorted, in nanoseconds, nonce and grant together
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Round(double seconds, long[] latencies) {
    double millis(double quantile) {
      return latencies[
              (int) Math.min(latencies.length - 1L, Math.round(quantile * latencies.length))]
          / 1e6;
    }
  }

  /** Takes grants for so long; the last of each connection is verified. */
  static Round round(Stage stage, SSLSocketFactory tls, int connections, long nanos)
      throws Exception {
    return round(loads(stage, tls, connections), nanos);
  }

  private static List<GrantLoad> loads(Stage stage, SSLSocketFactory tls, int connections)
      throws IOException {
    List<GrantLoad> loads = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      loads.add(new GrantLoad(stage, tls, MODEL, "1"));
    }
    return loads;
  }

  /** Each of these takes grants for so long, and is closed then. */
  static Round round(List<GrantLoad> loads, long nanos) throws Exception {
    long begin = System.nanoTime();
    long[] all;
    try (ExecutorService threads = Executors.newFixedThreadPool(loads.size())) {
      List<Future<long[]>> running = new ArrayList<>();
      for (GrantLoad load : loads) {
        running.add(threads.submit(() -> load.until(begin + nanos)));
      }
      List<long[]> parts = new ArrayList<>();
      for (Future<long[]> each : running) {
        parts.add(each.get());
      }
      all = parts.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    for (GrantLoad load : loads) {
      load.verifyLast();
      load.close();
    }
    return new Round(seconds, all);
  }
}
