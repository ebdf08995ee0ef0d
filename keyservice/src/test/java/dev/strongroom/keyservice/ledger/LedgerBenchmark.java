package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many commits the ledger takes in a second, and how long an admission holds the ordering
 * point. Arguments: an empty folder on the disk to measure, threads, seconds.
 */
final class LedgerBenchmark {
  private static final int MAX_COMMITS = 4_000_000;
  private static final int GRANTS = 60_000;

  private LedgerBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path folder =
        arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("ledger");
    int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 32;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    System.out.printf("one step at the ordering point: %.1f us%n", admissionMicros());
    try (Fixture fixture = Fixture.open(folder, LedgerLimits.DEFAULT, config -> config)) {
      fixture.ledger().commit(view -> new Events(0).policy());
      measure(fixture.ledger(), threads, Math.max(1, seconds / 3), 1);
      System.out.println(measure(fixture.ledger(), threads, seconds, 1_000));
      long start = System.nanoTime();
      fixture.ledger().awaitRows(Duration.ofMinutes(1));
      System.out.printf("rows %d ms behind%n", (System.nanoTime() - start) / 1_000_000);
    }
  }

  /** Rules, encoding and change of state for one grant, without the log. */
  private static double admissionMicros() {
    LedgerLimits limits = LedgerLimits.DEFAULT;
    LedgerState state = new LedgerState(limits.nonceMemory(), limits.leaseMemory());
    OrderingRules rules =
        new OrderingRules(state, new LedgerLimits.Live(10_000_000, 10_000_000, 10_000_000));
    Events events = new Events(9);
    state.apply(0, events.policy());
    List<LogEvent> grants = new ArrayList<>();
    for (int i = 0; i < GRANTS; i++) {
      grants.add(events.grant("issuer|s", "pod-" + i, Events.CHAT));
    }
    long bytes = 0;
    long start = 0;
    for (int i = 0; i < GRANTS; i++) {
      if (i == GRANTS / 2) {
        start = System.nanoTime();
      }
      rules.require(grants.get(i));
      bytes += EventCodec.write(grants.get(i)).length;
      state.apply(i + 1, grants.get(i));
    }
    double micros = (System.nanoTime() - start) / 1e3 / (GRANTS / 2.0);
    return bytes > 0 ? micros : 0;
  }

  private static String measure(Ledger ledger, int threads, int seconds, int seed) {
    long[] latencies = new long[MAX_COMMITS];
    AtomicLong count = new AtomicLong();
    AtomicLong admissionNanos = new AtomicLong();
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < threads; i++) {
        Events events = new Events(seed + i);
        executor.execute(() -> {
          while (System.nanoTime() < end) {
            LogEvent.GrantIssued grant =
                events.grant("issuer|s", "pod-" + events.digest(), Events.CHAT);
            long before = System.nanoTime();
            long[] admitted = new long[1];
            ledger.commit(view -> {
              admitted[0] = System.nanoTime();
              return grant;
            });
            int n = (int) count.getAndIncrement();
            latencies[n] = System.nanoTime() - before;
            admissionNanos.addAndGet(admitted[0] - before);
          }
        });
      }
    }
    int n = (int) count.get();
    Arrays.sort(latencies, 0, n);
    return "%d threads: %,d commits/s, p50 %.2f ms, p99 %.2f ms, mean wait for admission %.2f ms"
        .formatted(
            threads,
            n / seconds,
            latencies[n / 2] / 1e6,
            latencies[(int) (n * 0.99)] / 1e6,
            admissionNanos.get() / 1e6 / n);
  }
}
