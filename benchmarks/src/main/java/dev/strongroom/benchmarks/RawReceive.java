package dev.strongroom.benchmarks;

import dev.strongroom.core.grant.ObjectUrl;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the server gives when nothing is done with it: the same ranged GETs on the same number of
 * connections, thrown away. The limit that delivery is compared with.
 */
final class RawReceive {
  private static final int PART = 8 << 20;

  private RawReceive() {}

  /** Seconds for the whole object by ranges of 8 MiB. */
  static double ranges(ObjectUrl url, int connections) throws Exception {
    AtomicLong next = new AtomicLong();
    long begin = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        Callable<Void> worker =
            () -> {
              byte[] buffer = new byte[256 * 1024];
              for (long at = next.getAndAdd(PART); at < url.size(); at = next.getAndAdd(PART)) {
                long last = Math.min(at + PART, url.size()) - 1;
                read(url, Map.of("Range", "bytes=" + at + "-" + last), buffer);
              }
              return null;
            };
        running.add(threads.submit(worker));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void read(ObjectUrl url, Map<String, String> more, byte[] buffer)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url.url()).toURL().openConnection();
    url.headers().forEach(connection::setRequestProperty);
    more.forEach(connection::setRequestProperty);
    try (InputStream in = connection.getInputStream()) {
      while (in.read(buffer) >= 0) {
        // thrown away
      }
    }
  }

  /** Seconds for the whole object by one curl to nowhere. */
  static double curl(ObjectUrl url) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("curl", "-sS", "--fail", "-o", "/dev/null"));
    url.headers()
        .forEach((name, value) -> {
          command.add("-H");
          command.add(name + ": " + value);
        });
    command.add(url.url());
    long begin = System.nanoTime();
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("curl ended with " + exit);
    }
    return (System.nanoTime() - begin) / 1e9;
  }
}
