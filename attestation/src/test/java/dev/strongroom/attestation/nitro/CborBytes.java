package dev.strongroom.attestation.nitro;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes CBOR, well or badly. */
final class CborBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  CborBytes unsigned(long value) {
    return head(0, value);
  }

  /** Of {@code -1 - value}. */
  CborBytes negative(long value) {
    return head(1, value);
  }

  CborBytes bytes(byte[] content) {
    head(2, content.length);
    out.writeBytes(content);
    return this;
  }

  CborBytes text(String content) {
    byte[] utf8 = content.getBytes(StandardCharsets.UTF_8);
    head(3, utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  CborBytes array(int count) {
    return head(4, count);
  }

  CborBytes map(int count) {
    return head(5, count);
  }

  CborBytes raw(int... bytes) {
    for (int each : bytes) {
      out.write(each);
    }
    return this;
  }

  CborBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] array() {
    return out.toByteArray();
  }

  private CborBytes head(int major, long value) {
    int first = major << 5;
    if (value < 24) {
      return raw(first | (int) value);
    }
    int size = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x1_0000_0000L ? 4 : 8;
    raw(first | (24 + Integer.numberOfTrailingZeros(size)));
    for (int i = size - 1; i >= 0; i--) {
      out.write((int) (value >> (8 * i)));
    }
    return this;
  }
}
