package dev.strongroom.keyservice.keys;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files that only their owner may read. */
public final class PrivateFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> OWNER_FOLDER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private PrivateFiles() {}

  /**
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE} when group or world may read or write the
   *     file, or it is not a regular file
   */
  public static void requireOwnerOnly(Path file) {
    try {
      PosixFileAttributes attributes =
          Files.readAttributes(file.toRealPath(), PosixFileAttributes.class);
      if (attributes.isRegularFile() && OWNER_ONLY.containsAll(attributes.permissions())) {
        return;
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_INSECURE, "the permissions of " + file + " cannot be read", e);
    }
    throw new Problem(
        ProblemCode.KEY_FILE_INSECURE,
        "the key file " + file + " must be a regular file that its owner alone may read: chmod 600"
            + " it, and make a new key if others could read it");
  }

  /** Makes a folder for key files, when it is not there. */
  public static void createFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
    }
  }

  /** Writes a file that is there whole or not at all, mode 0600, and on the disk. */
  public static void write(Path file, byte[] content) throws IOException {
    Path beside = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(beside);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(file);
  }

  private static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
