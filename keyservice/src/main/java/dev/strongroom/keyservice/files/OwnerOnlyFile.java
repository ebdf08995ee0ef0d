package dev.strongroom.keyservice.files;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/**
 * A regular file that nobody but its owner may read or write. For a secret, a symbolic link to such
 * a file is accepted, because mounted secrets are links; for a file of the store it is not, because
 * its journals lie beside the name and not beside what the link leads to.
 */
public final class OwnerOnlyFile {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private OwnerOnlyFile() {}

  /**
   * The bytes of a secret; the caller overwrites them after use.
   *
   * @param limit the most bytes
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE} when it is no regular file or others may
   *     read or write it; {@link ProblemCode#KEY_FILE_MISSING} when it is not there or unreadable;
   *     {@link ProblemCode#CONFIGURATION_INVALID} when it is larger
   */
  public static byte[] read(Path file, int limit) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      requireSecure(file);
      if (channel.size() > limit) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, file + " is larger than " + limit + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate(limit + 1);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Until the end of the file.
      }
      byte[] content = Arrays.copyOf(bytes.array(), bytes.position());
      Arrays.fill(bytes.array(), (byte) 0);
      return content;
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          file + " cannot be read: restore it from its backup, or check its path and owner",
          e);
    }
  }

  /**
   * Checks the file of a secret.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE} when it is no regular file or its mode is
   *     more than 600
   */
  public static void requireSecure(Path file) throws IOException {
    require(
        file,
        Files.readAttributes(file, PosixFileAttributes.class),
        ProblemCode.KEY_FILE_INSECURE,
        "replace the secret if others had access");
  }

  /**
   * Checks a file of the store, if it is there.
   *
   * @throws Problem {@link ProblemCode#STORE_FILE_INSECURE} when it is no regular file, a link
   *     included, or its mode is more than 600
   */
  public static void requireSecureStore(Path file) throws IOException {
    if (isPresent(file)) {
      require(
          file,
          Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS),
          ProblemCode.STORE_FILE_INSECURE,
          "ask who read it");
    }
  }

  private static void require(
      Path file, PosixFileAttributes attributes, ProblemCode code, String next) {
    if (!attributes.isRegularFile()) {
      throw new Problem(code, file + " is not a regular file; name the file itself");
    }
    if (!OWNER_ONLY.containsAll(attributes.permissions())) {
      throw new Problem(
          code,
          "others than its owner may use "
              + file
              + " ("
              + PosixFilePermissions.toString(attributes.permissions())
              + "): run chmod 600 on it, and "
              + next);
    }
  }

  /** Makes the file, empty, unless there is something under this name. */
  public static void createEmptyOnce(Path file) throws IOException {
    try {
      createEmpty(file);
    } catch (FileAlreadyExistsException e) {
      // It is there: whether it is secure is another question.
    }
  }

  /**
   * Makes the file, empty.
   *
   * @throws FileAlreadyExistsException when there is something under this name
   */
  public static void createEmpty(Path file) throws IOException {
    Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
  }

  /**
   * Makes the file, once: written whole and durable under another name, then linked into place, so
   * that a crash never leaves half a key and two processes never make two.
   *
   * @throws FileAlreadyExistsException when it is there
   */
  public static void create(Path file, byte[] content) throws IOException {
    Path folder = folder(file);
    Path temporary = written(folder, content);
    try {
      Files.createLink(file, temporary);
    } finally {
      Files.delete(temporary);
    }
    syncFolder(folder);
  }

  /**
   * Puts another content into the place of the file: written whole and durable under another name,
   * then renamed, so that a crash leaves one or the other.
   *
   * @throws IOException also when the file is a link: what it leads to belongs to somebody else
   */
  public static void replace(Path file, byte[] content) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + " is not a regular file");
    }
    Path folder = folder(file);
    Path temporary = written(folder, content);
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncFolder(folder);
  }

  /** As {@link #replace}, and what was in its place is overwritten before it is given up. */
  public static void replaceAndOverwrite(Path file, byte[] content) throws IOException {
    try (FileChannel former = FileChannel.open(file, StandardOpenOption.WRITE)) {
      replace(file, content);
      overwrite(former);
    }
  }

  /** Overwrites the file and removes it. Copies that its disk made are not reached by that. */
  public static void overwriteAndDelete(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      overwrite(channel);
    }
    Files.delete(file);
    syncFolder(folder(file));
  }

  private static void overwrite(FileChannel channel) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (zeros.hasRemaining()) {
      channel.write(zeros, zeros.position());
    }
    channel.force(true);
  }

  private static Path folder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " has no folder");
    }
    return folder;
  }

  private static Path written(Path folder, byte[] content) throws IOException {
    Path temporary =
        Files.createTempFile(folder, ".new-", "", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      return temporary;
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /** Whether there is something under this name, a dangling link included. */
  public static boolean isPresent(Path file) {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException("the folder " + folder + " cannot be made durable", e);
    }
  }
}
