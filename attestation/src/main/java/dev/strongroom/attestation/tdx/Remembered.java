package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was verified, by a digest of all that went into it. Bounded; thread-safe. */
final class Remembered<V> {
  private final Map<Bytes, V> values;

  Remembered(int bound) {
    values =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Bytes, V> eldest) {
            return size() > bound;
          }
        };
  }

  @Nullable V get(Bytes key) {
    synchronized (values) {
      return values.get(key);
    }
  }

  void put(Bytes key, V value) {
    synchronized (values) {
      values.put(key, value);
    }
  }

  /** Of all of these, with their sizes. */
  static Bytes key(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.length));
        digest.update(part);
      }
      return Bytes.of(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
