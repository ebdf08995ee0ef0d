package dev.strongroom.core.manifest;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;

/** PEM files of one block (RFC 7468). Private ones never become a String. */
final class PemFile {
  private static final int MAX_BYTES = 1 << 14;
  private static final int LINE = 64;
  private static final byte[] PRIVATE = "PRIVATE KEY-----".getBytes(StandardCharsets.US_ASCII);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private PemFile() {}

  static byte[] readPrivate(Path file, String label) {
    byte[] text = read(file);
    try {
      if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
        throw new Problem(
            ProblemCode.KEY_FILE_INSECURE,
            "others may read or write the key file " + file + "; run: chmod 600 " + file);
      }
      return decode(file, text, label, 0);
    } catch (IOException | UnsupportedOperationException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_INSECURE,
          "the permissions of the key file "
              + file
              + " cannot be checked; move it to a file"
              + " system with POSIX permissions",
          e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  static byte[] readPublic(Path file, String label) {
    byte[] text = read(file);
    if (indexOf(text, PRIVATE, 0) >= 0) {
      Arrays.fill(text, (byte) 0);
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          file
              + " holds a private key where the public one belongs; name its .pub file, and keep"
              + " the private key with its owner alone");
    }
    return decode(file, text, label, text.length);
  }

  static void writePrivate(Path file, String label, byte[] der) {
    byte[] text = encode(label, der);
    try {
      write(file, text, "rw-------");
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  static void writePublic(Path file, String label, byte[] der) {
    write(file, encode(label, der), "rw-r--r--");
  }

  private static void write(Path file, byte[] text, String permissions) {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)))) {
      ByteBuffer rest = ByteBuffer.wrap(text);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the key file " + file + " exists or cannot be written; choose another name",
          e);
    }
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw invalid(file);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new Problem(ProblemCode.KEY_FILE_MISSING, "there is no key file " + file, e);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.KEY_FILE_MISSING, "the key file " + file + " cannot be read", e);
    }
  }

  private static byte[] decode(Path file, byte[] text, String label, int mostBefore) {
    byte[] begin = ("-----BEGIN " + label + "-----").getBytes(StandardCharsets.US_ASCII);
    byte[] end = ("-----END " + label + "-----").getBytes(StandardCharsets.US_ASCII);
    int from = indexOf(text, begin, 0);
    int to = from < 0 ? -1 : indexOf(text, end, from + begin.length);
    boolean more = to < 0 || indexOf(text, new byte[] {'-', '-'}, to + end.length) >= 0;
    if (more || from > mostBefore) {
      throw invalid(file);
    }
    byte[] base64 = Arrays.copyOfRange(text, from + begin.length, to);
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw invalid(file);
    } finally {
      Arrays.fill(base64, (byte) 0);
    }
  }

  private static byte[] encode(String label, byte[] der) {
    byte[] base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encode(der);
    ByteArrayOutputStream out = new ByteArrayOutputStream(base64.length + 96);
    out.writeBytes(("-----BEGIN " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(base64);
    out.writeBytes(("\n-----END " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    Arrays.fill(base64, (byte) 0);
    return out.toByteArray();
  }

  private static int indexOf(byte[] text, byte[] part, int from) {
    for (int i = from; i + part.length <= text.length; i++) {
      if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }

  private static Problem invalid(Path file) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID,
        "the key file " + file + " is not one PEM block of the expected kind, unencrypted");
  }
}
