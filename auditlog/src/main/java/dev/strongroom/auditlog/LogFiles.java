package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files of a log's directory. A file appears whole: it is written under another name and
 * renamed in. Not for use by two threads at once.
 */
final class LogFiles {
  static final String CHECKPOINT = "checkpoint";
  static final String SYNCED = "synced";
  static final String TERM = "term";
  static final String LOCK = "lock";
  static final String JOURNAL = "journal";
  static final String TILE = "tile";
  private static final String STAGING = "staging";

  private final Path root;
  private final Set<Path> known = new HashSet<>();

  LogFiles(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  Path path(String relative) {
    return root.resolve(relative);
  }

  Path journal() {
    return root.resolve(JOURNAL);
  }

  /** Makes the folders a log needs and removes what a crash left half-written. */
  void prepare() throws IOException {
    Files.createDirectories(root.resolve(STAGING));
    Files.createDirectories(journal());
    try (DirectoryStream<Path> stale = Files.newDirectoryStream(root.resolve(STAGING))) {
      for (Path file : stale) {
        Files.delete(file);
      }
    }
  }

  /** Writes a file whole, without waiting for the disk. */
  Path write(String relative, byte[] content, int length) throws IOException {
    Path staged = root.resolve(STAGING).resolve(relative.replace('/', '_'));
    writeStaged(staged, content, length, false);
    return moveIn(staged, relative);
  }

  /** Writes a file whole, on the disk before this returns. */
  void writeSynced(String relative, byte[] content) throws IOException {
    Path staged = root.resolve(STAGING).resolve(relative.replace('/', '_'));
    writeStaged(staged, content, content.length, true);
    Path target = moveIn(staged, relative);
    syncFolders(List.of(target));
  }

  void writeSynced(String relative, String content) throws IOException {
    writeSynced(relative, content.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeStaged(Path staged, byte[] content, int length, boolean sync)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            staged,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer rest = ByteBuffer.wrap(content, 0, length);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      if (sync) {
        channel.force(true);
      }
    }
  }

  private Path moveIn(Path staged, String relative) throws IOException {
    Path target = root.resolve(relative);
    Path folder = target.getParent();
    if (folder != null && !known.contains(folder)) {
      Files.createDirectories(folder);
      known.add(folder);
    }
    Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return target;
  }

  /** Waits until these files, and the names that lead to them, are on the disk. */
  void sync(Collection<Path> files) throws IOException {
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    syncFolders(files);
  }

  private void syncFolders(Collection<Path> files) throws IOException {
    Set<Path> folders = new LinkedHashSet<>();
    for (Path file : files) {
      for (Path folder = file.getParent();
          folder != null && folder.startsWith(root);
          folder = folder.getParent()) {
        folders.add(folder);
      }
    }
    for (Path folder : folders) {
      syncFolder(folder);
    }
  }

  /** Waits until what was removed from the folders above these is gone from the disk. */
  void syncParents(Collection<String> removed) throws IOException {
    Set<Path> folders = new LinkedHashSet<>();
    for (String relative : removed) {
      Path folder = root.resolve(relative).getParent();
      if (folder != null) {
        folders.add(folder);
      }
    }
    for (Path folder : folders) {
      syncFolder(folder);
    }
  }

  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a folder of partial tiles, which holds files only. */
  void removeFolder(String relative) throws IOException {
    Path folder = root.resolve(relative);
    known.remove(folder);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }

  /** The content of a file, or empty where there is none; longer than the limit is refused. */
  static Optional<byte[]> read(Path file, int limit) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > limit) {
        throw new IOException(file + " has " + size + " bytes, more than " + limit);
      }
      ByteBuffer content = ByteBuffer.allocate((int) size);
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // Read on until the end that was seen when the file was opened.
      }
      return Optional.of(Arrays.copyOf(content.array(), content.position()));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
  }

  Optional<byte[]> read(String relative, int limit) throws IOException {
    return read(root.resolve(relative), limit);
  }

  /** The files of a folder, by name; none where the folder is absent. */
  static List<Path> list(Path folder) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(names::add);
    } catch (NoSuchFileException absent) {
      return List.of();
    }
    names.sort(null);
    return names;
  }
}
