package dev.strongroom.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** One flipped bit in a stored object, as a storage operator could do; closing flips it back. */
final class FlippedByte implements AutoCloseable {
  private final Path file;
  private final long position;

  private FlippedByte(Path file, long position) throws IOException {
    this.file = file;
    this.position = position;
    flip();
  }

  static FlippedByte inLargestFileOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      Path largest =
          files
              .filter(Files::isRegularFile)
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow();
      return new FlippedByte(largest, Files.size(largest) / 2);
    }
  }

  long position() {
    return position;
  }

  private void flip() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, position);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      channel.write(one, position);
    }
  }

  @Override
  public void close() {
    try {
      flip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
