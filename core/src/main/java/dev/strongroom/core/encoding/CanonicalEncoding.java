package dev.strongroom.core.encoding;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The one encoding of everything that is bound into a key, a signature or a digest.
 *
 * <p>It is a row of fields, each its length in bytes as a 32-bit big-endian number followed by its
 * bytes. The first field is a domain tag, so that bytes made for one purpose are never bytes of
 * another. Texts are UTF-8; numbers are 8 bytes, big-endian, not negative. Every field has a length
 * of its own, so two different rows never have the same bytes. Normative text: {@code
 * docs/spec/weight-format.md}, section "Canonical encoding".
 *
 * <p>An instance is built by one thread; each call of a field method adds a field.
 */
public final class CanonicalEncoding {
  private final ByteArrayOutputStream fields = new ByteArrayOutputStream(128);

  private CanonicalEncoding() {}

  /**
   * Begins with a domain tag, for example {@code strongroom/v1/key-context}.
   *
   * @throws dev.strongroom.core.problem.Problem when the tag is not encodable as UTF-8
   */
  public static CanonicalEncoding of(String domainTag) {
    return new CanonicalEncoding().text(domainTag);
  }

  /**
   * Adds a text.
   *
   * @throws dev.strongroom.core.problem.Problem when it holds a lone surrogate
   */
  public CanonicalEncoding text(String value) {
    return raw(Utf8.encode(value));
  }

  /**
   * Adds a number.
   *
   * @throws IllegalArgumentException when it is negative
   */
  public CanonicalEncoding number(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("a number in a context is never negative: " + value);
    }
    return raw(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
  }

  /** Adds bytes. */
  public CanonicalEncoding raw(byte[] value) {
    fields.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value.length).array());
    fields.writeBytes(value);
    return this;
  }

  /** Adds a digest: its 32 bytes. */
  public CanonicalEncoding digest(Sha256Digest value) {
    return raw(value.bytes());
  }

  /** The encoding of the fields added so far. */
  public byte[] bytes() {
    return fields.toByteArray();
  }

  /** SHA-256 of {@link #bytes()}: 32 bytes. */
  public byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
