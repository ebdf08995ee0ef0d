package dev.strongroom.auditlog;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The segment of the journal that is being written. A segment is named by the index of its first
 * entry, in twenty digits, so that names sort as numbers do.
 */
final class JournalFile implements Closeable {
  private static final int INITIAL_BUFFER_BYTES = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, Object> created;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_BUFFER_BYTES);
  private long length;

  private JournalFile(Path path, FileChannel channel, Map<String, Object> created) {
    this.path = path;
    this.channel = channel;
    this.created = created;
  }

  /** Makes a new, empty segment; its name is on the disk before this returns. */
  static JournalFile create(Path folder, long firstIndex) throws IOException {
    Path path = folder.resolve(String.format(Locale.ROOT, "%020d", firstIndex));
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    channel.force(true);
    LogFiles.syncFolder(folder);
    return new JournalFile(path, channel, identity(path));
  }

  /** Device and inode name the file, its length tells whether somebody else wrote to it. */
  private static Map<String, Object> identity(Path path) throws IOException {
    return Files.readAttributes(path, "unix:dev,ino,size", LinkOption.NOFOLLOW_LINKS);
  }

  /** Appends one record and waits for the disk: the one fdatasync of a batch. */
  void append(JournalRecord record) throws IOException {
    int needed = record.encodedLength();
    if (buffer.capacity() < needed) {
      buffer = ByteBuffer.allocateDirect(needed + needed / 2);
    }
    buffer.clear();
    record.encode(buffer);
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(false);
    length += needed;
  }

  long length() {
    return length;
  }

  /**
   * Checks that the name still leads to the file that is being written, and that nobody else wrote
   * to it. Without this a removed journal would take entries that no restart can find.
   */
  void requireLinked() throws IOException {
    try {
      Map<String, Object> found = identity(path);
      boolean same =
          Objects.equals(found.get("dev"), created.get("dev"))
              && Objects.equals(found.get("ino"), created.get("ino"))
              && Objects.equals(found.get("size"), length);
      if (!same) {
        throw unlinked("was replaced, or changed by somebody else,");
      }
    } catch (NoSuchFileException removed) {
      throw unlinked("was removed");
    }
  }

  private AuditLogException unlinked(String what) {
    return new AuditLogException(
        LogCode.JOURNAL_UNLINKED,
        "the journal "
            + path
            + " "
            + what
            + " while the log was open; the log stops. Find out who did it, then reopen the log");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
