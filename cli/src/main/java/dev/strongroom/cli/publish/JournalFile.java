package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The file of a journal: lines of a checksum (16 hexadecimal digits of SHA-256), a space and
 * canonical JSON. It is locked while it is open. A last line that a crash left torn is cut off; a
 * bad line before that is refused.
 */
final class JournalFile implements AutoCloseable {
  private static final String NAME = "journal";
  private static final int CHECKSUM = 16;
  private static final int MAX_LINE = 16 << 10;
  private static final long MAX_BYTES = 1L << 30;

  private final Path file;
  private final FileChannel channel;
  private final Object syncing = new Object();
  private long written;
  private long synced;

  @SuppressWarnings("UnusedVariable") // held for as long as the file is open
  private final FileLock lock;

  private JournalFile(Path file, FileChannel channel, FileLock lock) {
    this.file = file;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Opens or creates the journal in this directory, with mode 0600 in a directory of mode 0700.
   *
   * @throws Problem {@link ProblemCode#JOURNAL_MISMATCH} when another process holds it or it cannot
   *     be used
   */
  static JournalFile open(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path file = directory.resolve(NAME);
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new Problem(
            ProblemCode.JOURNAL_MISMATCH,
            "another process is publishing this version (it holds " + file + "); wait for it");
      }
      syncDirectory(directory);
      return new JournalFile(file, channel, lock);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel)
      throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** The records so far. Called once, before the first {@link #append}. */
  List<JournalRecord> replay() {
    try {
      if (channel.size() > MAX_BYTES) {
        throw corrupt("it is larger than " + MAX_BYTES + " bytes");
      }
      byte[] bytes = Files.readAllBytes(file);
      List<JournalRecord> records = new ArrayList<>();
      int start = 0;
      while (start < bytes.length) {
        int end = lineEnd(bytes, start);
        if (end < 0 || !checksumHolds(bytes, start, end)) {
          requireTorn(bytes, end);
          break;
        }
        byte[] json = Arrays.copyOfRange(bytes, start + CHECKSUM + 1, end);
        records.add(CanonicalJson.parse(json, JournalRecord.class, MAX_LINE));
        start = end + 1;
      }
      channel.truncate(start);
      written = start;
      return records;
    } catch (IOException e) {
      throw unusable(file, e);
    } catch (Problem e) {
      throw e.code() == ProblemCode.JOURNAL_MISMATCH ? e : corrupt("a line has another form");
    }
  }

  private static int lineEnd(byte[] bytes, int start) {
    for (int i = start; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  // Only what was written last can be torn: nothing may follow it.
  private void requireTorn(byte[] bytes, int end) {
    if (end >= 0 && end != bytes.length - 1) {
      throw corrupt("a line before the last does not match its checksum");
    }
  }

  private static boolean checksumHolds(byte[] bytes, int start, int end) {
    if (end - start <= CHECKSUM + 1 || bytes[start + CHECKSUM] != ' ') {
      return false;
    }
    String given = new String(bytes, start, CHECKSUM, StandardCharsets.ISO_8859_1);
    return given.equals(checksum(Arrays.copyOfRange(bytes, start + CHECKSUM + 1, end)));
  }

  private static String checksum(byte[] json) {
    return Sha256Digest.of(json).hex().substring(0, CHECKSUM);
  }

  /** Appends a record; it survives the process, though not yet a loss of power. */
  void append(JournalRecord record) {
    byte[] json = CanonicalJson.writeRecord(record);
    ByteBuffer line = ByteBuffer.allocate(CHECKSUM + json.length + 2);
    line.put(checksum(json).getBytes(StandardCharsets.US_ASCII)).put((byte) ' ').put(json);
    line.put((byte) '\n').flip();
    try {
      synchronized (this) {
        while (line.hasRemaining()) {
          written += channel.write(line, written);
        }
      }
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  /** Returns once everything appended so far is on the disk. Concurrent callers share one wait. */
  void sync() {
    long wanted;
    synchronized (this) {
      wanted = written;
    }
    synchronized (syncing) {
      if (synced >= wanted) {
        return;
      }
      long covered;
      synchronized (this) {
        covered = written;
      }
      try {
        channel.force(false);
      } catch (IOException e) {
        throw unusable(file, e);
      }
      synced = covered;
    }
  }

  /** Removes all records, for a draft that they are not about. */
  void clear() {
    try {
      synchronized (this) {
        channel.truncate(0);
        written = 0;
      }
      synchronized (syncing) {
        synced = 0;
        channel.force(true);
      }
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  /** Deletes the file, once the version is published. */
  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }

  private Problem corrupt(String why) {
    return new Problem(
        ProblemCode.JOURNAL_MISMATCH,
        "the journal "
            + file
            + " is damaged: "
            + why
            + "; abandon the draft (strongroom version abandon), remove the file, publish again");
  }

  private static Problem unusable(Path path, IOException cause) {
    return new Problem(
        ProblemCode.JOURNAL_MISMATCH,
        "the journal at " + path + " cannot be read or written; choose another --state-dir",
        cause);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unusable(file, e);
    }
  }
}
