package dev.strongroom.delivery.place;

import dev.strongroom.core.encoding.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** The SHA-256 of a file. */
final class FileDigest {
  private static final int BLOCK = 1 << 18;

  private FileDigest() {}

  /**
   * @throws IOException when the file cannot be read, or is a symbolic link
   */
  static Sha256Digest of(Path file) throws IOException {
    byte[] block = new byte[BLOCK];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer buffer = ByteBuffer.wrap(block);
      while (channel.read(buffer) >= 0) {
        digest.update(block, 0, buffer.position());
        buffer.clear();
      }
      return Sha256Digest.ofBytes(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    } finally {
      Arrays.fill(block, (byte) 0);
    }
  }
}
