package dev.strongroom.keyservice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the folder of the log takes a file and has room. */
final class LogProbe {
  /** Grants must not be what fills the disk to the last byte: revocations need room too. */
  private static final long MIN_FREE = 64L << 20;

  private LogProbe() {}

  /**
   * @throws IOException when the folder cannot be written, or less than 64 MiB are free
   */
  static void write(Path directory) throws IOException {
    Path probe = Files.createTempFile(directory, ".ready-", "");
    Files.delete(probe);
    if (Files.getFileStore(directory).getUsableSpace() < MIN_FREE) {
      throw new IOException("less than 64 MiB are free for the log");
    }
  }
}
