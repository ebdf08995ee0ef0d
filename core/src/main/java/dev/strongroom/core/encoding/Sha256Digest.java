package dev.strongroom.core.encoding;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 digest (FIPS 180-4).
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Sha256Digest(@JsonValue String hex) {
  /** Its size in bytes. */
  public static final int BYTES = 32;

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Sha256Digest {
    if (hex.length() != 2 * BYTES || !hex.chars().allMatch(Sha256Digest::isLowerHex)) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST,
          "a SHA-256 digest is written as 64 lower-case hexadecimal digits");
    }
  }

  /** The digest of some bytes. */
  public static Sha256Digest of(byte[] content) {
    try {
      return ofBytes(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /**
   * A digest that has been computed.
   *
   * @param digest 32 bytes
   */
  public static Sha256Digest ofBytes(byte[] digest) {
    return new Sha256Digest(HexFormat.of().formatHex(digest));
  }

  /** Its 32 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }

  private static boolean isLowerHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
}
