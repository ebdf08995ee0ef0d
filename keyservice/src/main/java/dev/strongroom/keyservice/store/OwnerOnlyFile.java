package dev.strongroom.keyservice.store;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that nobody but their owner may read or write. */
final class OwnerOnlyFile {
  static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

  private OwnerOnlyFile() {}

  /**
   * Makes the file, empty, or checks the one that is there.
   *
   * @throws Problem {@link ProblemCode#STORE_FILE_INSECURE}
   */
  static void createOrCheck(Path file) throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (FileAlreadyExistsException e) {
      check(file);
    }
  }

  /**
   * Checks a file, if it is there.
   *
   * @throws Problem {@link ProblemCode#STORE_FILE_INSECURE}
   */
  static void check(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw insecure(file + " is not a regular file; name the file itself");
    }
    if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))) {
      throw insecure(
          "others than its owner may use " + file + "; run chmod 600 on it, and ask who read it");
    }
  }

  private static Problem insecure(String message) {
    return new Problem(ProblemCode.STORE_FILE_INSECURE, message);
  }
}
