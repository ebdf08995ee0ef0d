package dev.strongroom.cli.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogCode;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.auditlog.LogReport;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.LogVerifier;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a log that grows, shrinks or is rewritten by who holds its keys. */
class LogCopyTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path temp;
  private LogKeys keys;
  private LogTrust trust;
  private Path copy;

  @BeforeEach
  void makeKeys() {
    keys = LogKeys.generate(temp.resolve("ed"), temp.resolve("ml"), "keys.example.org/log");
    trust = LogTrust.of("keys.example.org/log", keys.verifierKeys());
    copy = temp.resolve("copy");
  }

  private Path log(String name, int entries) throws Exception {
    Path folder = temp.resolve(name);
    try (AuditLog log = AuditLog.open(AuditLogConfig.of(folder), keys, CLOCK)) {
      for (long i = log.size(); i < entries; i++) {
        byte[] leaf = (name + " " + i).getBytes(StandardCharsets.UTF_8);
        log.submit(index -> leaf).get(10, TimeUnit.SECONDS);
      }
    }
    return folder;
  }

  private void fetch(Path log) {
    new LogCopy(path -> read(log.resolve(path.substring("/v1/log/".length()))), trust, CLOCK)
        .into(copy, files -> {});
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new Problem(ProblemCode.NOT_FOUND, "there is no such file", e);
    }
  }

  private void requireRefused(LogCode code, Path log) throws IOException {
    byte[] before = Files.readAllBytes(copy.resolve("checkpoint"));
    AuditLogException refused = assertThrows(AuditLogException.class, () -> fetch(log));
    assertEquals(code, refused.code());
    assertArrayEquals(before, Files.readAllBytes(copy.resolve("checkpoint")));
    assertArrayEquals(
        Files.readAllBytes(log.resolve("checkpoint")),
        Files.readAllBytes(copy.resolve("checkpoint.refused")));
    assertInstanceOf(LogReport.Sound.class, LogVerifier.verify(copy, trust, List.of(), CLOCK));
  }

  @Test
  void growsAndKeepsTheEarlierCheckpoint() throws Exception {
    fetch(log("log", 300));
    byte[] first = Files.readAllBytes(copy.resolve("checkpoint"));
    fetch(log("log", 700));
    assertArrayEquals(first, Files.readAllBytes(copy.resolve("checkpoint.300")));
    fetch(temp.resolve("log"));
    assertFalse(Files.exists(copy.resolve("checkpoint.refused")));
    LogReport.Sound sound =
        assertInstanceOf(
            LogReport.Sound.class,
            LogVerifier.verify(
                copy, trust, List.of(new String(first, StandardCharsets.UTF_8)), CLOCK));
    assertEquals(700, sound.checkpoint().size());
  }

  @Test
  void aFollowedCopyHoldsNoMoreThanACopyDoes() throws Exception {
    List<String> asked = new ArrayList<>();
    Path log = log("log", 200);
    FollowedCopy followed =
        new FollowedCopy(
            new LogCopy(
                path -> {
                  asked.add(path.substring("/v1/log/".length()));
                  return read(log.resolve(asked.getLast()));
                },
                trust,
                CLOCK),
            copy);
    for (int size : new int[] {200, 230, 250, 300, 520, 530, 800}) {
      log("log", size);
      asked.clear();
      assertEquals(size, followed.get().size());
      assertInstanceOf(LogReport.Sound.class, LogVerifier.verify(copy, trust, List.of(), CLOCK));
    }
    assertFalse(asked.contains("tile/entries/001"), "nothing is asked for again");
    assertEquals(List.of("checkpoint", "checkpoint.200"), names(copy, "checkpoint"));
    assertEquals(List.of("000", "001", "002", "003.p"), names(copy.resolve("tile/entries"), ""));
    assertEquals(List.of("000", "001", "002", "003.p"), names(copy.resolve("tile/0"), ""));
  }

  @Test
  void aFollowedCopyDoesNotLookForWhatItHas() throws Exception {
    Path log = log("log", 600);
    FollowedCopy followed =
        new FollowedCopy(
            new LogCopy(path -> read(log.resolve(path.substring(8))), trust, CLOCK), copy);
    assertEquals(600, followed.get().size());
    Files.delete(copy.resolve("tile/entries/000"));
    log("log", 700);
    assertEquals(700, followed.get().size());
    assertFalse(Files.exists(copy.resolve("tile/entries/000")));
    // Whoever fetches looks at everything.
    fetch(log);
    assertTrue(Files.exists(copy.resolve("tile/entries/000")));
  }

  private static List<String> names(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  @Test
  void refusesALogThatShrank() throws Exception {
    fetch(log("log", 300));
    requireRefused(LogCode.LOG_ROLLED_BACK, log("restored", 290));
  }

  @Test
  void refusesALogThatWasRewrittenAndWentOn() throws Exception {
    fetch(log("log", 300));
    requireRefused(LogCode.LOG_FORKED, log("rewritten", 700));
  }

  @Test
  void refusesAnotherLogOfTheSameSize() throws Exception {
    fetch(log("log", 300));
    requireRefused(LogCode.LOG_FORKED, log("rewritten", 300));
  }

  @Test
  void doesNotTakeTheCopyUpWhenItsOwnCheckpointWasChanged() throws Exception {
    fetch(log("log", 300));
    Files.writeString(copy.resolve("checkpoint"), "nothing\n");
    AuditLogException refused =
        assertThrows(AuditLogException.class, () -> fetch(temp.resolve("log")));
    assertEquals(LogCode.NOTE_MALFORMED, refused.code());
  }
}
