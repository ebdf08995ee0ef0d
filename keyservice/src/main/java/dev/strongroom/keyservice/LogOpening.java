package dev.strongroom.keyservice;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.LogConfig;
import dev.strongroom.keyservice.config.check.FolderCheck;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.stream.Stream;

/**
 * The audit log and its keys. Both are made where neither a log nor a store is, and nowhere else: a
 * log whose volume is not mounted looks empty, too.
 *
 * @param isNew whether this is the first start
 */
record LogOpening(AuditLog log, LogKeys keys, boolean isNew) {

  /**
   * Opens the log, or makes it.
   *
   * @param keyFolder exists
   * @param store the file of the store, which is made after the log
   * @param origin the first line of its checkpoints
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#KEY_FILE_INSECURE},
   *     {@link ProblemCode#LOG_UNAVAILABLE}, {@link ProblemCode#LOG_CORRUPT}
   */
  static LogOpening open(
      LogConfig config, Path keyFolder, Path store, String origin, InstantSource clock) {
    Path ed25519 = keyFolder.resolve("log-ed25519.key");
    Path mlDsa44 = keyFolder.resolve("log-mldsa44.key");
    try {
      boolean isNew = isEmpty(config.directory()) && !OwnerOnlyFile.isPresent(store);
      LogKeys keys =
          isNew ? LogKeys.generateAbsent(ed25519, mlDsa44, origin) : LogKeys.load(ed25519, mlDsa44);
      AuditLogConfig settings =
          AuditLogConfig.of(config.directory())
              .withMayCreate(isNew)
              .withQueueCapacity(config.queue())
              .withBatch(config.batch(), AuditLogConfig.of(config.directory()).maxBatchBytes())
              .withMaxWait(config.writeWithin());
      return new LogOpening(AuditLog.open(settings, keys, clock), keys, isNew);
    } catch (AuditLogException e) {
      throw new Problem(code(e), String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.LOG_UNAVAILABLE,
          "the folder of the log " + config.directory() + " cannot be read",
          e);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.allMatch(LogOpening::isProbe);
    }
  }

  /** What a process that tried the disk left behind when it was killed; no log has such files. */
  private static boolean isProbe(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(FolderCheck.PROBE) || name.startsWith(LogProbe.PROBE);
  }

  private static ProblemCode code(AuditLogException e) {
    return switch (e.code()) {
      case KEY_FILE_MISSING, KEY_FILE_MALFORMED, KEY_FILE_EXISTS, KEY_UNSUITABLE ->
          ProblemCode.KEY_FILE_MISSING;
      case KEY_FILE_INSECURE -> ProblemCode.KEY_FILE_INSECURE;
      case LOG_IO_FAILED, LOG_LOCKED, LOG_FENCED -> ProblemCode.LOG_UNAVAILABLE;
      default -> ProblemCode.LOG_CORRUPT;
    };
  }
}
