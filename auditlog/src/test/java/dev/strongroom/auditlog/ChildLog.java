package dev.strongroom.auditlog;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    AuditLog log;
    try {
      log = AuditLog.open(config, keys, Clock.systemUTC());
    } catch (AuditLogException refused) {
      out.println(refused.code().wireName());
      System.exit(1);
      return;
    }
    out.println("open " + log.size());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < SUBMITTERS; i++) {
      threads.add(Thread.startVirtualThread(() -> appendForEver(log, out)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void appendForEver(AuditLog log, PrintStream out) {
    while (true) {
      long index = log.submit(TestLog::leaf).join().index();
      synchronized (out) {
        out.println(index);
      }
    }
  }
}
