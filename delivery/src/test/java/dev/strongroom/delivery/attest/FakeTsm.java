package dev.strongroom.delivery.attest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's side of configfs-tsm: a folder that is made has attributes at once, and its {@code
 * outblob} answers what was written into its {@code inblob}. The two are named pipes, so that the
 * order of reading and writing is the kernel's: evidence exists only after the report data came.
 */
final class FakeTsm implements ConfigFsTsm.Folders {
  private final String provider;
  private final UnaryOperator<byte[]> hardware;
  private final byte @Nullable [] auxblob;
  private final List<byte[]> asked = new ArrayList<>();
  private final List<Path> removed = new ArrayList<>();
  private final AtomicLong otherWrites = new AtomicLong();

  FakeTsm(String provider, UnaryOperator<byte[]> hardware, byte @Nullable [] auxblob) {
    this.provider = provider;
    this.hardware = hardware;
    this.auxblob = auxblob;
  }

  /** From now on somebody else writes into each report while it is made. */
  void writeBetween() {
    otherWrites.set(1);
  }

  List<byte[]> asked() {
    return asked;
  }

  List<Path> removed() {
    return removed;
  }

  @Override
  public void make(Path folder) throws IOException {
    var _ = Files.createDirectory(folder);
    attribute(folder, "provider", provider + "\n");
    attribute(folder, "generation", "1\n");
    pipe(folder.resolve("inblob"));
    pipe(folder.resolve("outblob"));
    if (auxblob != null) {
      var _ = Files.write(folder.resolve("auxblob"), auxblob);
    }
    Thread.ofPlatform().daemon().start(() -> answer(folder));
  }

  private void answer(Path folder) {
    try {
      byte[] reportData = Files.readAllBytes(folder.resolve("inblob"));
      asked.add(reportData);
      if (otherWrites.get() > 0) {
        // Between the two looks of the reader: the pipe is not open before it has the first.
        byte[] report = hardware.apply(reportData);
        try (var out = Files.newOutputStream(folder.resolve("outblob"))) {
          attribute(folder, "generation", "2\n");
          out.write(report);
        }
        return;
      }
      var _ = Files.write(folder.resolve("outblob"), hardware.apply(reportData));
    } catch (IOException e) {
      throw new IllegalStateException("the reader of the report has gone", e);
    }
  }

  private static void attribute(Path folder, String name, String value) throws IOException {
    var _ = Files.writeString(folder.resolve(name), value, StandardCharsets.US_ASCII);
  }

  private static void pipe(Path path) throws IOException {
    try {
      if (new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor() != 0) {
        throw new IOException("no pipe could be made");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void remove(Path folder) throws IOException {
    removed.add(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
