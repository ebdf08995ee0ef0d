package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What the tests do to logs again and again. */
final class TestLog {
  private TestLog() {}

  static AuditLog open(Path folder) {
    return open(AuditLogConfig.of(folder));
  }

  static AuditLog open(AuditLogConfig config) {
    return AuditLog.open(config, TestKeys.KEYS, TestKeys.CLOCK);
  }

  /** A leaf that depends on its index, of varying length. */
  static byte[] leaf(long index) {
    return ("entry " + index + " " + "x".repeat((int) (index % 37)))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Appends leaves up to a size, many in flight at once. */
  static void fill(AuditLog log, long size) throws Exception {
    List<CompletableFuture<Receipt>> pending = new ArrayList<>();
    for (long i = log.size(); i < size; i++) {
      pending.add(log.submit(TestLog::leaf));
    }
    for (CompletableFuture<Receipt> receipt : pending) {
      receipt.get(60, TimeUnit.SECONDS);
    }
  }

  /** A closed log of a size. */
  static void make(Path folder, long size) throws Exception {
    try (AuditLog log = open(folder)) {
      fill(log, size);
    }
  }

  static LogReport verify(Path folder) {
    return LogVerifier.verify(folder, TestKeys.TRUST, List.of(), TestKeys.CLOCK);
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The files of the journal, oldest first. */
  static List<Path> journal(Path folder) throws IOException {
    return JournalReplay.segments(folder.resolve(LogFiles.JOURNAL));
  }
}
