package dev.strongroom.keyservice.kms.vault;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The body of an answer, read so that no array holds any of it but the one that is returned: a data
 * key may be in it, and {@link InputStream#readNBytes(int)} leaves copies behind.
 */
final class BoundedBody {
  private static final int FIRST = 4096;

  private BoundedBody() {}

  /** A body of more bytes than the limit. */
  static final class Oversized extends IOException {
    private static final long serialVersionUID = 1;

    Oversized(String message) {
      super(message);
    }
  }

  /**
   * All bytes of a body.
   *
   * @param length what the answer says, in bytes; negative where it does not say
   * @param limit the most that is read, in bytes
   * @return the caller's to overwrite
   * @throws IOException when there are more bytes than the limit, fewer than the length, or the
   *     stream fails
   */
  static byte[] read(InputStream in, long length, int limit) throws IOException {
    if (length > limit) {
      throw tooLarge(limit);
    }
    byte[] body = new byte[length >= 0 ? Math.toIntExact(length) : Math.min(FIRST, limit)];
    int filled = 0;
    boolean whole = false;
    try {
      while (true) {
        if (filled == body.length) {
          if (length >= 0) {
            whole = true;
            return body;
          }
          body = moved(body, filled, larger(filled, limit));
        }
        int read = in.read(body, filled, body.length - filled);
        if (read < 0) {
          if (length >= 0) {
            throw new EOFException("an answer of fewer bytes than it says");
          }
          body = moved(body, filled, filled);
          whole = true;
          return body;
        }
        filled += read;
      }
    } finally {
      if (!whole) {
        Arrays.fill(body, (byte) 0);
      }
    }
  }

  // One more than the limit tells a body of the limit from a longer one.
  private static int larger(int filled, int limit) throws IOException {
    if (filled > limit) {
      throw tooLarge(limit);
    }
    return Math.min(2 * filled, limit + 1);
  }

  private static byte[] moved(byte[] from, int filled, int size) {
    byte[] to = new byte[size];
    System.arraycopy(from, 0, to, 0, filled);
    Arrays.fill(from, (byte) 0);
    return to;
  }

  private static Oversized tooLarge(int limit) {
    return new Oversized("an answer of more than " + limit + " bytes");
  }
}
