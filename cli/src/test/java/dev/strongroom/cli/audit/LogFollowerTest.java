package dev.strongroom.cli.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogCode;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogTrust;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is followed while it grows, shrinks or is rewritten by who holds its keys. */
class LogFollowerTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path temp;
  private final Deque<Path> looks = new ArrayDeque<>();
  private final List<String> shown = new ArrayList<>();
  private LogKeys keys;
  private LogTrust trust;

  @BeforeEach
  void makeKeys() {
    keys = LogKeys.generate(temp.resolve("ed"), temp.resolve("ml"), "keys.example.org/log");
    trust = LogTrust.of("keys.example.org/log", keys.verifierKeys());
  }

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  private Path log(String name, String prefix, int entries) throws Exception {
    Path folder = temp.resolve(name);
    try (AuditLog log = AuditLog.open(AuditLogConfig.of(folder), keys, CLOCK)) {
      for (long i = log.size(); i < entries; i++) {
        byte[] leaf = (prefix + " " + i).getBytes(StandardCharsets.UTF_8);
        log.submit(index -> leaf).get(10, TimeUnit.SECONDS);
      }
    }
    return folder;
  }

  // Each look sees the next of these; after the last, somebody stops it.
  private void follow(long from, Path... logs) {
    looks.addAll(List.of(logs));
    new LogFollower(
            () -> LogReader.open(looks.remove(), trust, CLOCK),
            interval -> {
              if (looks.isEmpty()) {
                throw new InterruptedException("stopped");
              }
            },
            Duration.ofSeconds(2))
        .follow(
            from,
            (index, leaf) -> shown.add(index + "=" + new String(leaf, StandardCharsets.UTF_8)));
  }

  @Test
  void showsEachEntryOnceAndStopsWhenTold() throws Exception {
    Path first = log("a", "x", 3);
    Path same = log("b", "x", 3);
    Path grown = log("c", "x", 300);
    follow(1, first, same, grown);
    assertEquals(299, shown.size());
    assertEquals("1=x 1", shown.getFirst());
    assertEquals("299=x 299", shown.getLast());
    assertTrue(Thread.interrupted(), "whoever called learns of it");
  }

  @Test
  void waitsForAnEntryThatIsStillToCome() throws Exception {
    follow(4, log("a", "x", 3), log("b", "x", 6));
    assertEquals(List.of("4=x 4", "5=x 5"), shown);
  }

  @Test
  void aForkEndsItBeforeAnythingOfItIsShown() throws Exception {
    Path first = log("a", "x", 3);
    Path forked = log("b", "y", 6);
    AuditLogException refused =
        assertThrows(AuditLogException.class, () -> follow(0, first, forked));
    assertEquals(LogCode.LOG_FORKED, refused.code());
    assertEquals(3, shown.size());
  }

  @Test
  void anotherLogOfTheSameSizeIsAFork() throws Exception {
    Path first = log("a", "x", 3);
    Path forked = log("b", "y", 3);
    assertEquals(
        LogCode.LOG_FORKED,
        assertThrows(AuditLogException.class, () -> follow(0, first, forked)).code());
  }

  @Test
  void anEntryThatWasChangedTogetherWithItsTileIsNotShown() throws Exception {
    Path log = log("a", "x", 6);
    Path other = log("b", "y", 6);
    for (String tile : new String[] {"tile/entries/000.p/6", "tile/0/000.p/6"}) {
      Files.copy(other.resolve(tile), log.resolve(tile), StandardCopyOption.REPLACE_EXISTING);
    }
    AuditLogException refused = assertThrows(AuditLogException.class, () -> follow(0, log));
    assertEquals(LogCode.ROOT_MISMATCH, refused.code());
    assertEquals(List.of(), shown);
  }

  @Test
  void aLogThatShrankEndsIt() throws Exception {
    Path first = log("a", "x", 6);
    Path shrunk = log("b", "x", 3);
    assertEquals(
        LogCode.LOG_ROLLED_BACK,
        assertThrows(AuditLogException.class, () -> follow(0, first, shrunk)).code());
  }
}
