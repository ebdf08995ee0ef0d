package dev.strongroom.attestation;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that do not change. They are public: nothing secret is in evidence. */
public final class Bytes {
  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** A copy of these. */
  public static Bytes of(byte... content) {
    return new Bytes(content.clone());
  }

  /**
   * Of lower or upper case hexadecimal.
   *
   * @throws IllegalArgumentException when it is not
   */
  public static Bytes ofHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex));
  }

  /** A copy. */
  public byte[] array() {
    return content.clone();
  }

  public int size() {
    return content.length;
  }

  /** Lower case hexadecimal. */
  public String hex() {
    return HexFormat.of().formatHex(content);
  }

  /** Whether there is nothing but zeros. */
  public boolean isZero() {
    int all = 0;
    for (byte each : content) {
      all |= each;
    }
    return all == 0;
  }

  /** The same with zeros behind it, to that size; itself when it is not smaller. */
  public Bytes padded(int size) {
    return size <= content.length ? this : new Bytes(Arrays.copyOf(content, size));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && MessageDigest.isEqual(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** As {@link #hex}. */
  @Override
  public String toString() {
    return hex();
  }
}
