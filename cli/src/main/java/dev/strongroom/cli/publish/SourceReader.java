package dev.strongroom.cli.publish;

import dev.strongroom.core.path.SourceFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Reads ranges of a source file into private memory. Safe for several threads. */
final class SourceReader implements AutoCloseable {
  private static final int CHUNK = 1 << 20;

  private final SourceFile source;
  private final FileChannel channel;

  private SourceReader(SourceFile source, FileChannel channel) {
    this.source = source;
    this.channel = channel;
  }

  /**
   * Opens without following a link.
   *
   * @throws SourceChangedException when the file is gone, has become a link or has another size
   */
  static SourceReader open(SourceFile source) {
    try {
      FileChannel channel =
          FileChannel.open(
              source.file(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
      SourceReader reader = new SourceReader(source, channel);
      reader.requireSize();
      return reader;
    } catch (IOException e) {
      throw new SourceChangedException(source.path(), "it can no longer be read", e);
    }
  }

  /** Refuses a file that has grown or shrunk since it was found. */
  void requireSize() {
    try {
      if (channel.size() != source.size()) {
        channel.close();
        throw new SourceChangedException(source.path(), "it has another size than before", null);
      }
    } catch (IOException e) {
      throw new SourceChangedException(source.path(), "it can no longer be read", e);
    }
  }

  /** Fills the beginning of the buffer with this range. */
  void read(long offset, byte[] buffer, int length) {
    try {
      // In chunks, because the runtime copies through native memory of the size of one read.
      for (int done = 0; done < length; ) {
        ByteBuffer target = ByteBuffer.wrap(buffer, done, Math.min(CHUNK, length - done));
        int read = channel.read(target, offset + done);
        if (read < 0) {
          throw new SourceChangedException(source.path(), "it is shorter than before", null);
        }
        done += read;
      }
    } catch (IOException e) {
      throw new SourceChangedException(source.path(), "it can no longer be read", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing was written: a failure to close loses nothing.
    }
  }
}
