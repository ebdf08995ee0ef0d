package dev.strongroom.benchmarks;

import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * A folder in shared memory for one benchmark, so that no disk is measured; removed when closed.
 */
final class Scratch implements AutoCloseable {
  private static final int CHUNK = 1 << 20;

  private final Path folder;

  Scratch() throws IOException {
    this.folder = Files.createTempDirectory(Path.of("/dev/shm"), "strongroom-bench-");
  }

  Path folder() {
    return folder;
  }

  /** A directory with one file of random bytes. */
  static Path randomModel(Path directory, long bytes) throws IOException {
    Files.createDirectories(directory);
    Random random = new Random(1);
    byte[] chunk = new byte[CHUNK];
    try (OutputStream out = Files.newOutputStream(directory.resolve("model.safetensors"))) {
      for (long left = bytes; left > 0; left -= CHUNK) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(left, CHUNK));
      }
    }
    return directory;
  }

  /** A directory with one file that is all hole. */
  static Path sparseModel(Path directory, long bytes) throws IOException {
    Files.createDirectories(directory);
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(bytes);
    }
    return directory;
  }

  @Override
  public void close() {
    Trees.remove(folder);
  }
}
