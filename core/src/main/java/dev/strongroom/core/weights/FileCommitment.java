package dev.strongroom.core.weights;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.HexFormat;

/**
 * Commits a file to one data key and one context. AES-GCM alone does not: a ciphertext can be made
 * that opens under two keys. It says nothing about the key itself, and stands in the manifest.
 *
 * @param hex 64 lower-case hexadecimal digits: 32 bytes of HKDF output
 */
public record FileCommitment(@JsonValue String hex) {
  /** Its size in bytes. */
  public static final int BYTES = 32;

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public FileCommitment {
    if (hex.length() != 2 * BYTES
        || !hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a commitment is 64 lower-case hexadecimal digits");
    }
  }

  static FileCommitment ofBytes(byte[] bytes) {
    return new FileCommitment(HexFormat.of().formatHex(bytes));
  }

  /** Its 32 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
