package dev.strongroom.delivery.place;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * A file that is being filled, out of sight. Several threads may write different parts. Only what
 * has been verified may be written.
 */
public final class StagedFile implements AutoCloseable {
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ, PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private final Path path;
  private final FileChannel channel;

  private StagedFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static StagedFile create(Path path) throws IOException {
    return new StagedFile(
        path,
        FileChannel.open(
            path,
            Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.READ,
                LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
  }

  /**
   * Writes verified plaintext.
   *
   * @throws Problem {@link ProblemCode#TARGET_TOO_SMALL} when the memory is used up
   */
  public void write(byte[] plaintext, int at, int length, long position) {
    ByteBuffer buffer = ByteBuffer.wrap(plaintext, at, length);
    try {
      while (buffer.hasRemaining()) {
        position += channel.write(buffer, position);
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_TOO_SMALL,
          "the target took no more bytes ("
              + e.getMessage()
              + "); something else uses its memory, raise the limit",
          e);
    }
  }

  /**
   * Reads back what was written.
   *
   * @throws Problem {@link ProblemCode#TARGET_OCCUPIED} when it is not there any more
   */
  public void read(byte[] into, int length, long position) {
    ByteBuffer buffer = ByteBuffer.wrap(into, 0, length);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, position + buffer.position()) < 0) {
          throw new EOFException("it has become shorter");
        }
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED,
          "a delivered file cannot be read back (" + e.getMessage() + "); who else writes there?",
          e);
    }
  }

  /**
   * Closes the file and gives it its permissions.
   *
   * @param mode POSIX bits
   * @throws Problem {@link ProblemCode#CIPHERTEXT_LENGTH_MISMATCH} when it has not this size
   */
  public void complete(long size, int mode) {
    try {
      long written = channel.size();
      channel.close();
      if (written != size) {
        throw new Problem(
            ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
            "a file has " + written + " bytes after its delivery, the manifest says " + size);
      }
      Files.setPosixFilePermissions(path, permissions(mode));
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TARGET_OCCUPIED, "a delivered file cannot be made read-only", e);
    }
  }

  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((mode >> i & 1) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // What was written is thrown away in this case.
    }
  }
}
