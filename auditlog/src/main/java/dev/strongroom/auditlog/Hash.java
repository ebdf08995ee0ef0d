package dev.strongroom.auditlog;

import java.util.Arrays;
import java.util.Base64;

/** A SHA-256 value of the Merkle tree: exactly 32 bytes, immutable. */
public final class Hash {
  /** The length of a hash, in bytes. */
  public static final int BYTES = 32;

  private final byte[] value;

  private Hash(byte[] value) {
    this.value = value;
  }

  /**
   * Copies 32 bytes into a hash.
   *
   * @throws IllegalArgumentException if there are not exactly 32 bytes
   */
  public static Hash of(byte[] bytes) {
    return owning(bytes.clone());
  }

  static Hash owning(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return new Hash(bytes);
  }

  static Hash at(byte[] source, int offset) {
    return new Hash(Arrays.copyOfRange(source, offset, offset + BYTES));
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return value.clone();
  }

  /** The bytes themselves, for hashing and writing; never handed out. */
  byte[] raw() {
    return value;
  }

  /** Standard base64 with padding (RFC 4648, section 4), as it stands in checkpoints and proofs. */
  public String base64() {
    return Base64.getEncoder().encodeToString(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash that && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return base64();
  }
}
