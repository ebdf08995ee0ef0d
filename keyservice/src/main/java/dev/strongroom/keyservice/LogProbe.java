package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.LogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the folder of the log takes a file and has room. */
final class LogProbe {
  /** What the names of its files begin with; a process that is killed may leave one behind. */
  static final String PROBE = ".ready-";

  private LogProbe() {}

  /**
   * @throws Problem {@link ProblemCode#LOG_UNAVAILABLE} when the folder cannot be written, or less
   *     than 64 MiB are free
   */
  static void write(Path directory) {
    try {
      Path probe = Files.createTempFile(directory, PROBE, "");
      Files.delete(probe);
      if (Files.getFileStore(directory).getUsableSpace() >= LogConfig.LEAST_FREE_BYTES) {
        return;
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.LOG_UNAVAILABLE,
          "the folder of the log takes no file; look at its mount, its owner and its disk",
          e);
    }
    throw new Problem(
        ProblemCode.LOG_UNAVAILABLE, "less than 64 MiB are free for the log; make room");
  }
}
