package dev.strongroom.keyservice;

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
   * @throws IOException when the folder cannot be written, or less than 64 MiB are free
   */
  static void write(Path directory) throws IOException {
    Path probe = Files.createTempFile(directory, PROBE, "");
    Files.delete(probe);
    if (Files.getFileStore(directory).getUsableSpace() < LogConfig.LEAST_FREE_BYTES) {
      throw new IOException("less than 64 MiB are free for the log");
    }
  }
}
