package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.TpmName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file of attestation keys that are believed: lines of a Name and the SHA-256 of the
 * endorsement key, hexadecimal; empty lines and those that begin with {@code #} say nothing.
 */
public final class EnrolledKeysFile {
  private static final long MAX_BYTES = 64L << 20;

  private EnrolledKeysFile() {}

  /**
   * Reads them.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be read, has another
   *     line, or a Name twice
   */
  public static List<EnrolledKey> read(Path file) {
    List<EnrolledKey> keys = new ArrayList<>();
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw invalid(file + " has more than " + MAX_BYTES + " bytes", null);
      }
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        if (!line.isBlank() && !line.startsWith("#")) {
          keys.add(key(file, number, line));
        }
      }
    } catch (IOException e) {
      throw invalid(file + " cannot be read", e);
    }
    if (keys.stream().map(EnrolledKey::name).distinct().count() != keys.size()) {
      throw invalid(file + " has a key twice: take one of the two lines out", null);
    }
    return keys;
  }

  private static EnrolledKey key(Path file, int number, String line) {
    try {
      String[] parts = line.strip().split("\\s+", 2);
      return new EnrolledKey(new TpmName(Bytes.ofHex(parts[0])), Bytes.ofHex(parts[1]));
    } catch (RuntimeException e) {
      throw invalid(
          file
              + ", line "
              + number
              + ": a line is the Name of an attestation key and the SHA-256 of its endorsement key,"
              + " in hexadecimal",
          e);
    }
  }

  /**
   * Adds a key, durably and whole or not at all.
   *
   * @param remark what a person may want to know of it
   * @return whether it was not there yet
   * @throws Problem as {@link #read}, and when it cannot be written
   */
  public static boolean add(Path file, EnrolledKey key, String remark) {
    try {
      String before = "";
      if (Files.exists(file)) {
        if (read(file).stream().anyMatch(known -> known.name().equals(key.name()))) {
          return false;
        }
        before = Files.readString(file);
      }
      String separator = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
      replace(
          file,
          before
              + separator
              + "# "
              + remark
              + "\n"
              + key.name().value().hex()
              + " "
              + key.device().hex()
              + "\n");
      return true;
    } catch (IOException e) {
      throw invalid(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static void replace(Path file, String content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path written = Files.createTempFile(folder, ".enrolled", ".new");
    try {
      if (Files.exists(file)) {
        var _ = Files.setPosixFilePermissions(written, Files.getPosixFilePermissions(file));
      }
      try (FileChannel out = FileChannel.open(written, StandardOpenOption.WRITE)) {
        out.write(StandardCharsets.US_ASCII.encode(content));
        out.force(true);
      }
      var _ = Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      var _ = Files.deleteIfExists(written);
    }
  }

  private static Problem invalid(String message, @Nullable Exception cause) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID, "attestation.tpm.enrolledKeys: " + message, cause);
  }
}
