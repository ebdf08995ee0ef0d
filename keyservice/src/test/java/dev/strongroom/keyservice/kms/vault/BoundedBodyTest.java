package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing of an answer stays in an array that nobody overwrites. */
class BoundedBodyTest {
  private static final int LIMIT = 20_000;

  /** Remembers every array that it writes into. */
  private static final class Watched extends InputStream {
    private final byte[] bytes;
    private final Set<byte[]> filled = Collections.newSetFromMap(new IdentityHashMap<>());
    private int at;

    Watched(int size) {
      this.bytes = new byte[size];
      new Random(size).nextBytes(bytes);
    }

    @Override
    public int read() {
      return at == bytes.length ? -1 : bytes[at++] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      if (at == bytes.length) {
        return -1;
      }
      int read = Math.min(Math.min(length, 700), bytes.length - at);
      System.arraycopy(bytes, at, to, offset, read);
      at += read;
      filled.add(to);
      return read;
    }

    void assertOverwrittenBut(byte[] kept) {
      filled.remove(kept);
      for (byte[] each : filled) {
        assertArrayEquals(new byte[each.length], each);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 90, 4095, 4096, 4097, 8192, 19_999, 20_000})
  void theReturnedArrayIsTheOnlyOne(int size) throws IOException {
    for (long length : new long[] {size, -1}) {
      Watched body = new Watched(size);
      byte[] read = BoundedBody.read(body, length, LIMIT);
      assertArrayEquals(body.bytes, read);
      body.assertOverwrittenBut(read);
    }
  }

  @Test
  void whatIsTooLargeIsNotKept() {
    for (long length : new long[] {LIMIT + 1, -1}) {
      Watched body = new Watched(LIMIT + 1);
      assertThrows(IOException.class, () -> BoundedBody.read(body, length, LIMIT));
      body.assertOverwrittenBut(new byte[0]);
    }
  }

  @Test
  void whatEndsTooSoonIsNotKept() {
    Watched body = new Watched(90);
    assertThrows(IOException.class, () -> BoundedBody.read(body, 91, LIMIT));
    body.assertOverwrittenBut(new byte[0]);
  }

  @Test
  void whatFailsIsNotKept() {
    Watched body = new Watched(90);
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("as the test wants it");
          }

          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            int read = body.read(to, offset, length);
            return read < 0 ? read() : read;
          }
        };
    assertThrows(IOException.class, () -> BoundedBody.read(failing, -1, LIMIT));
    body.assertOverwrittenBut(new byte[0]);
  }
}
