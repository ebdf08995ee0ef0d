package dev.strongroom.keyservice.proof;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The key that authenticates nonces: 32 random bytes in a file of its own. Losing it is harmless
 * (open nonces become void), so it is made anew when it is not there.
 */
public final class NonceKeyFile {
  static final int BYTES = 32;

  private NonceKeyFile() {}

  /**
   * Reads the key, or makes it.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_INSECURE} when others may read it, {@link
   *     ProblemCode#KEY_FILE_MISSING} when it can be neither read nor made, {@link
   *     ProblemCode#CONFIGURATION_INVALID} when it has another length
   */
  public static SecretBytes readOrCreate(Path file, SecureRandom random) {
    if (!OwnerOnlyFile.isPresent(file)) {
      create(file, random);
    }
    byte[] bytes = OwnerOnlyFile.read(file, BYTES);
    if (bytes.length != BYTES) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          file + " does not hold 32 bytes: remove it, and a new key is made at the next start");
    }
    return SecretBytes.takeOver(bytes);
  }

  private static void create(Path file, SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    try {
      OwnerOnlyFile.create(file, bytes);
    } catch (FileAlreadyExistsException e) {
      return; // Another process was first; its key is read.
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING,
          file + " cannot be made: check that its folder exists and is writable",
          e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }
}
