package dev.strongroom.auditlog;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process of its own that appends to a log until it is killed, and says on its output which
 * indexes were confirmed. Arguments: directory, Ed25519 key file, ML-DSA-44 key file.
 */
final class ChildLog {
  private static final int SUBMITTERS = 16;

  private ChildLog() {}

  public static void main(String[] arguments) throws Exception {
    LogKeys keys = LogKeys.load(Path.of(arguments[1]), Path.of(arguments[2]));
    AuditLogConfig config =
        AuditLogConfig.of(Path.of(arguments[0]))
            .withBatch(9, 1 << 20)
            .withPublishInterval(Duration.ofMillis(20))
            .withJournalRollBytes(200_000);
    AuditLog log = AuditLog.open(config, keys, java.time.Clock.systemUTC());
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    out.println("open " + log.size());
    AtomicLong confirmed = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < SUBMITTERS; i++) {
      threads.add(Thread.startVirtualThread(() -> appendForEver(log, out, confirmed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void appendForEver(AuditLog log, PrintStream out, AtomicLong confirmed) {
    while (true) {
      long index = log.submit(TestLog::leaf).join().index();
      synchronized (out) {
        out.println(index);
      }
      confirmed.incrementAndGet();
    }
  }
}
