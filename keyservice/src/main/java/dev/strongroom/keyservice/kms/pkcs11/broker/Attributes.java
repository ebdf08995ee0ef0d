package dev.strongroom.keyservice.kms.pkcs11.broker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Attributes of a PKCS#11 object: a {@code CK_ATTRIBUTE} template, in the order of adding. */
final class Attributes {
  static final long CKA_CLASS = 0x00;
  static final long CKA_TOKEN = 0x01;
  static final long CKA_PRIVATE = 0x02;
  static final long CKA_LABEL = 0x03;
  static final long CKA_KEY_TYPE = 0x100;
  static final long CKA_ID = 0x102;
  static final long CKA_SENSITIVE = 0x103;
  static final long CKA_ENCRYPT = 0x104;
  static final long CKA_DECRYPT = 0x105;
  static final long CKA_WRAP = 0x106;
  static final long CKA_UNWRAP = 0x107;
  static final long CKA_SIGN = 0x108;
  static final long CKA_VERIFY = 0x10A;
  static final long CKA_DERIVE = 0x10C;
  static final long CKA_VALUE_LEN = 0x161;
  static final long CKA_EXTRACTABLE = 0x162;
  static final long CKA_MODIFIABLE = 0x170;

  static final long CKO_SECRET_KEY = 4;
  static final long CKK_GENERIC_SECRET = 0x10;
  static final long CKK_AES = 0x1F;
  static final long CKK_SHA256_HMAC = 0x2B;

  private static final int ENTRY_BYTES = 24;

  private final Map<Long, byte[]> values = new LinkedHashMap<>();

  Attributes number(long type, long value) {
    return bytes(type, numberBytes(value));
  }

  Attributes flag(long type, boolean value) {
    return bytes(type, new byte[] {(byte) (value ? 1 : 0)});
  }

  Attributes text(long type, String value) {
    return bytes(type, value.getBytes(StandardCharsets.UTF_8));
  }

  Attributes bytes(long type, byte[] value) {
    values.put(type, value);
    return this;
  }

  long count() {
    return values.size();
  }

  /** The template in native memory. */
  MemorySegment template(Arena arena) {
    MemorySegment template = arena.allocate((long) ENTRY_BYTES * values.size(), 8);
    long offset = 0;
    for (Map.Entry<Long, byte[]> entry : values.entrySet()) {
      template.set(JAVA_LONG, offset, entry.getKey());
      template.set(ADDRESS, offset + 8, arena.allocateFrom(JAVA_BYTE, entry.getValue()));
      template.set(JAVA_LONG, offset + 16, entry.getValue().length);
      offset += ENTRY_BYTES;
    }
    return template;
  }

  /** A {@code CK_ULONG}. */
  static long number(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }

  private static byte[] numberBytes(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array();
  }
}
