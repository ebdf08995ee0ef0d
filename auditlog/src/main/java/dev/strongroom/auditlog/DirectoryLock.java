package dev.strongroom.auditlog;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds the directory for one log at a time, across processes and within this one.
 *
 * <p>POSIX drops a process's lock when the process closes <em>any</em> descriptor of the file, so a
 * second opener in this process must be refused before it touches the file. Should a copy within
 * this process drop the lock all the same, the fencing term still stops the older of two writers.
 */
final class DirectoryLock implements Closeable {
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private DirectoryLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  static DirectoryLock acquire(Path root) throws IOException {
    Path folder = root.toRealPath();
    if (!HELD_HERE.add(folder)) {
      throw locked(folder);
    }
    try {
      return lock(folder);
    } catch (IOException | RuntimeException refused) {
      HELD_HERE.remove(folder);
      throw refused;
    }
  }

  private static DirectoryLock lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(LogFiles.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw locked(folder);
      }
      return new DirectoryLock(folder, channel);
    } catch (IOException | RuntimeException refused) {
      channel.close();
      throw refused;
    }
  }

  private static AuditLogException locked(Path folder) {
    return new AuditLogException(
        LogCode.LOG_LOCKED,
        "the log in " + folder + " is open already; only one may write to it. Close the other one");
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      HELD_HERE.remove(folder);
    }
  }
}
