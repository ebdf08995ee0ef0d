package dev.strongroom.core.weights;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The first 40 bytes of an encrypted file: the byte {@code 0x28} (its own length), 32 bytes of salt
 * and 7 bytes of nonce prefix. Public values; a new pair for every attempt at an object, kept with
 * the record of that attempt before any ciphertext leaves the process.
 */
public final class StreamHeader {
  /** Its size in bytes. */
  public static final int BYTES = 40;

  /** The size of the salt in bytes. */
  public static final int SALT_BYTES = 32;

  /** The size of the nonce prefix in bytes. */
  public static final int NONCE_PREFIX_BYTES = 7;

  private final byte[] bytes;

  private StreamHeader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A header with a fresh salt and prefix. */
  public static StreamHeader random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    bytes[0] = BYTES;
    return new StreamHeader(bytes);
  }

  /**
   * Reads the beginning of an object, or a header that was kept.
   *
   * @param bytes exactly 40 bytes
   * @throws Problem {@link ProblemCode#CIPHERTEXT_HEADER_INVALID} for another length or first byte
   */
  public static StreamHeader parse(byte[] bytes) {
    if (bytes.length != BYTES || bytes[0] != BYTES) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_HEADER_INVALID,
          "the object does not begin with the 40-byte header of an encrypted file;"
              + " it was replaced or cut, publish the version again");
    }
    return new StreamHeader(bytes.clone());
  }

  /** The 40 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The 32 bytes of salt. */
  public byte[] salt() {
    return Arrays.copyOfRange(bytes, 1, 1 + SALT_BYTES);
  }

  /** The 7 bytes of nonce prefix. */
  public byte[] noncePrefix() {
    return Arrays.copyOfRange(bytes, 1 + SALT_BYTES, BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamHeader header && Arrays.equals(bytes, header.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
