package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/** Objects in local files: for tests, benchmarks and ciphertext that is already on the node. */
public final class FileRangeSource implements RangeSource {
  private final List<Path> objects;

  /**
   * @param objects one for each file of the manifest, in its order
   */
  public FileRangeSource(List<Path> objects) {
    this.objects = List.copyOf(objects);
  }

  @Override
  public RangeStream open(ObjectRange range) {
    FileChannel channel;
    try {
      channel = FileChannel.open(objects.get(range.file()), StandardOpenOption.READ);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.SOURCE_UNAVAILABLE, "the object of file " + range.file() + " is missing", e);
    }
    try {
      checkSize(channel.size(), range);
      return new FileRangeStream(channel, range);
    } catch (IOException e) {
      close(channel);
      throw unreadable(range, e);
    } catch (Problem e) {
      close(channel);
      throw e;
    }
  }

  private static void checkSize(long size, ObjectRange range) {
    if (size != range.objectSize()) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          "the object of file "
              + range.file()
              + " has "
              + size
              + " bytes, the manifest says "
              + range.objectSize()
              + "; it was cut, extended or replaced");
    }
  }

  private static Problem unreadable(ObjectRange range, IOException e) {
    return new Problem(
        ProblemCode.SOURCE_UNAVAILABLE,
        "the object of file " + range.file() + " cannot be read",
        e);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It was only read: there is nothing to lose.
    }
  }

  private static final class FileRangeStream implements RangeStream {
    private final FileChannel channel;
    private final ObjectRange range;
    private long position;

    FileRangeStream(FileChannel channel, ObjectRange range) {
      this.channel = channel;
      this.range = range;
      this.position = range.offset();
    }

    @Override
    public void readFully(byte[] into, int at, int length) {
      Objects.checkFromIndexSize(position - range.offset(), (long) length, range.length());
      ByteBuffer buffer = ByteBuffer.wrap(into, at, length);
      try {
        while (buffer.hasRemaining()) {
          int read = channel.read(buffer, position);
          if (read < 0) {
            throw new Problem(
                ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
                "the object of file " + range.file() + " became shorter while it was read");
          }
          position += read;
        }
      } catch (IOException e) {
        throw unreadable(range, e);
      }
    }

    @Override
    public void close() {
      FileRangeSource.close(channel);
    }
  }
}
