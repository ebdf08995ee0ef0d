package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another process holds the log, and is killed while it works. */
@Timeout(240)
class CrashTest {
  private static final String ORIGIN = "crash.example/log";

  @TempDir Path folder;
  private Path log;
  private LogKeys keys;

  @BeforeEach
  void makeKeys() {
    log = folder.resolve("log");
    keys = LogKeys.generate(folder.resolve("ed"), folder.resolve("ml"), ORIGIN);
  }

  private Process start() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-cp",
            System.getProperty("java.class.path"),
            ChildLog.class.getName(),
            log.toString(),
            folder.resolve("ed").toString(),
            folder.resolve("ml").toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void addIfWhole(Set<Long> confirmed, String line, boolean last) {
    // The kill may cut the last line short; every other one is whole.
    if (!last) {
      confirmed.add(Long.parseLong(line));
    }
  }

  @Test
  void everyConfirmedEntrySurvivesKills() throws Exception {
    long seed = 31;
    Random random = new Random(seed);
    Set<Long> confirmed = new TreeSet<>();
    for (int round = 0; round < 4; round++) {
      killAfter(300 + random.nextInt(700), confirmed);
      long last = confirmed.stream().mapToLong(Long::longValue).max().orElseThrow();
      try (AuditLog reopened = AuditLog.open(AuditLogConfig.of(log), keys, Clock.systemUTC())) {
        assertTrue(reopened.size() > last, "seed " + seed + ", round " + round);
        LogReader reader = reopened.reader();
        confirmed.forEach(i -> assertArrayEquals(TestLog.leaf(i), reader.entry(i)));
      }
      LogTrust trust = LogTrust.of(ORIGIN, keys.verifierKeys());
      assertInstanceOf(
          LogReport.Sound.class, LogVerifier.verify(log, trust, List.of(), Clock.systemUTC()));
    }
  }

  private void killAfter(int lines, Set<Long> confirmed) throws Exception {
    Process child = start();
    try (BufferedReader output = child.inputReader()) {
      String opened = output.readLine();
      assertTrue(opened != null && opened.startsWith("open "), "the child said: " + opened);
      for (int i = 0; i < lines; i++) {
        addIfWhole(confirmed, output.readLine(), false);
      }
      // Killed through its handle, so that what it said until then can still be read.
      assertTrue(child.toHandle().destroyForcibly());
      child.waitFor();
      String line = output.readLine();
      while (line != null) {
        String next = output.readLine();
        addIfWhole(confirmed, line, next == null);
        line = next;
      }
    }
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    Process child = start();
    try (BufferedReader output = child.inputReader()) {
      assertEquals("open 0", output.readLine());
      AuditLogException refused =
          assertThrows(
              AuditLogException.class,
              () -> AuditLog.open(AuditLogConfig.of(log), keys, Clock.systemUTC()).close());
      assertEquals(LogCode.LOG_LOCKED, refused.code());
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  /** POSIX would drop the lock if the refused opener had touched its file. */
  @Test
  void anOpenerRefusedInThisProcessLeavesTheLockToOthers() throws Exception {
    try (AuditLog held = AuditLog.open(AuditLogConfig.of(log), keys, Clock.systemUTC())) {
      assertThrows(
          AuditLogException.class,
          () -> AuditLog.open(AuditLogConfig.of(log), keys, Clock.systemUTC()).close());
      Process child = start();
      try (BufferedReader output = child.inputReader()) {
        assertEquals("log-locked", output.readLine());
      }
      assertEquals(1, child.waitFor());
      assertEquals(0, held.submit(TestLog::leaf).get().index());
    }
  }

  /** An auditor looks at a log that another process is writing. */
  @Test
  void aLiveLogVerifies() throws Exception {
    Process child = start();
    try (BufferedReader output = child.inputReader()) {
      assertEquals("open 0", output.readLine());
      LogTrust trust = LogTrust.of(ORIGIN, keys.verifierKeys());
      long size = 0;
      int grown = 0;
      while (grown < 25) {
        String line = output.readLine();
        assertTrue(line != null, "the child ended");
        LogReport report = LogVerifier.verify(log, trust, List.of(), Clock.systemUTC());
        LogReport.Sound sound = assertInstanceOf(LogReport.Sound.class, report, report.toString());
        grown += sound.checkpoint().size() > size ? 1 : 0;
        size = sound.checkpoint().size();
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
  }
}
