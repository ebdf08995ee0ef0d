package dev.strongroom.benchmarks;

import dev.strongroom.benchmarks.KeyBackendStage.Caller;
import dev.strongroom.benchmarks.KeyBackendStage.Callers;
import dev.strongroom.benchmarks.KeyBackendStage.Load;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Rounds of unwraps by a number of callers, with the rate, the latencies and the CPU of each. */
final class UnwrapRounds {
  private final double[] rate;
  private final double[] p99;
  private final double[] cpu;
  private int count;

  UnwrapRounds(int rounds) {
    this.rate = new double[rounds];
    this.p99 = new double[rounds];
    this.cpu = new double[rounds];
  }

  /**
   * Adds a round.
   *
   * @param seconds of how many seconds
   */
  void run(Load load, int callers, double seconds) throws Exception {
    double before = cpuSeconds();
    Round round = load.round(callers, seconds);
    long[] latencies = round.latencies();
    rate[count] = latencies.length / round.seconds();
    p99[count] = latencies[(int) (0.99 * (latencies.length - 1))] / 1e6;
    cpu[count] = (cpuSeconds() - before) * 1e6 / latencies.length;
    count++;
  }

  double[] rate() {
    return rate.clone();
  }

  /** The rate of these as a part of the rate of those, round by round. */
  double[] ratioTo(UnwrapRounds others) {
    double[] ratio = new double[rate.length];
    Arrays.setAll(ratio, i -> rate[i] / others.rate[i]);
    return ratio;
  }

  void report(Report report, String what, String subject) {
    report.add(Result.of(what, subject, "rate", "1/s", rate));
    report.add(Result.of(what, subject, "latency p99", "ms", p99));
    report.add(Result.of(what, subject, "CPU, all processes", "us/unwrap", cpu));
  }

  /**
   * @param latencies sorted, in nanoseconds
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Round(double seconds, long[] latencies) {}

  static Round round(Callers callers, int threads, double seconds) throws Exception {
    List<Caller> each = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      each.add(callers.next());
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      long begin = System.nanoTime();
      long end = begin + (long) (seconds * 1e9);
      List<Callable<long[]>> loads = new ArrayList<>();
      each.forEach(caller -> loads.add(() -> until(caller, end)));
      List<long[]> parts = new ArrayList<>();
      for (Future<long[]> load : pool.invokeAll(loads)) {
        parts.add(load.get());
      }
      double took = (System.nanoTime() - begin) / 1e9;
      return new Round(took, parts.stream().flatMapToLong(Arrays::stream).sorted().toArray());
    } finally {
      for (Caller caller : each) {
        caller.close();
      }
    }
  }

  private static long[] until(Caller caller, long end) throws Exception {
    long[] latencies = new long[1024];
    int count = 0;
    for (long begin = System.nanoTime(); begin < end; ) {
      caller.unwrap();
      long now = System.nanoTime();
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, 2 * count);
      }
      latencies[count++] = now - begin;
      begin = now;
    }
    return Arrays.copyOf(latencies, count);
  }

  // This process, and the components and brokers that it has started.
  private static double cpuSeconds() {
    ProcessHandle own = ProcessHandle.current();
    return ProcessCpu.seconds(own.pid())
        + own.descendants().mapToDouble(each -> ProcessCpu.seconds(each.pid())).sum();
  }
}
