package dev.strongroom.benchmarks;

import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocketFactory;

/** Clients that take grants of random versions, one after the other without pause, until closed. */
final class RotationLoad implements AutoCloseable {
  private static final int CLIENTS = 8;
  private static final int FAILURES_KEPT = 100;
  private static final long POLL_NANOS = 5_000_000;

  private final Stage stage;
  private final SSLSocketFactory tls;
  private final List<ModelVersion> versions;
  private final List<Client> clients = new ArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();
  private volatile boolean over;

  private RotationLoad(Stage stage, List<ModelVersion> versions) {
    this.stage = stage;
    this.versions = versions;
    this.tls = TlsTrust.of(stage.certificate()).getSocketFactory();
  }

  static RotationLoad begin(Stage stage, List<ModelVersion> versions) throws IOException {
    RotationLoad load = new RotationLoad(stage, versions);
    for (int i = 0; i < CLIENTS; i++) {
      load.clients.add(load.new Client());
    }
    load.clients.forEach(client -> client.thread.start());
    return load;
  }

  /**
   * Grants between two moments.
   *
   * @param latencies sorted, in nanoseconds, nonce and grant together
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Window(double seconds, long[] latencies) {
    double rate() {
      return latencies.length / seconds;
    }

    double millis(double quantile) {
      return latencies.length == 0
          ? 0
          : latencies[Math.min(latencies.length - 1, (int) (quantile * latencies.length))] / 1e6;
    }
  }

  /** Waits until so many more grants were taken, or failed. */
  void await(long grants) {
    long until = taken.get() + grants;
    while (taken.get() + failed.get() < until
        && clients.stream().anyMatch(c -> c.thread.isAlive())) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Waits so long. */
  void awaitSeconds(double seconds) {
    long until = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  long failed() {
    return failed.get();
  }

  long taken() {
    return taken.get();
  }

  /** The first of them, as they were answered. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Those that ended between two moments of {@link System#nanoTime}; asked once this is closed. */
  Window between(long from, long to) {
    long[] latencies =
        clients.stream().flatMapToLong(client -> client.between(from, to)).sorted().toArray();
    return new Window((to - from) / 1e9, latencies);
  }

  /** One connection and what it saw. */
  private final class Client {
    private final GrantLoad load;
    private final Thread thread = Thread.ofPlatform().name("grants").unstarted(this::run);
    private long[] ends = new long[1024];
    private long[] latencies = new long[1024];
    private int count;

    Client() throws IOException {
      this.load = new GrantLoad(stage, tls, this::next);
    }

    private ModelVersion next() {
      return versions.get(ThreadLocalRandom.current().nextInt(versions.size()));
    }

    private void run() {
      try (load) {
        for (long begin = System.nanoTime(); !over; ) {
          boolean got = take();
          long end = System.nanoTime();
          if (got) {
            add(end, end - begin);
          }
          begin = end;
        }
      } catch (IOException e) {
        failure(e);
      }
    }

    private boolean take() throws IOException {
      try {
        load.take();
        taken.incrementAndGet();
        return true;
      } catch (GrantLoad.Refused e) {
        failure(e);
        return false;
      }
    }

    private void failure(Exception e) {
      failed.incrementAndGet();
      if (failures.size() < FAILURES_KEPT) {
        failures.add(e.getMessage());
      }
    }

    private void add(long end, long latency) {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, 2 * count);
        latencies = Arrays.copyOf(latencies, 2 * count);
      }
      ends[count] = end;
      latencies[count++] = latency;
    }

    private java.util.stream.LongStream between(long from, long to) {
      return java.util.stream.IntStream.range(0, count)
          .filter(i -> ends[i] - from >= 0 && ends[i] - to < 0)
          .mapToLong(i -> latencies[i]);
    }
  }

  @Override
  public void close() {
    over = true;
    for (Client client : clients) {
      try {
        client.thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
