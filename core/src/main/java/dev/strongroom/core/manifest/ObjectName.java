package dev.strongroom.core.manifest;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The name of an encrypted file in object storage: opaque, so that storage learns no path.
 *
 * @param value 32 lower-case hexadecimal digits: 128 random bits
 */
public record ObjectName(@JsonValue String value) {
  private static final int BYTES = 16;

  /**
   * @throws Problem {@link ProblemCode#INVALID_NAME} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ObjectName {
    if (value.length() != 2 * BYTES
        || !value.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new Problem(
          ProblemCode.INVALID_NAME, "an object's name is 32 lower-case hexadecimal digits");
    }
  }

  /** A new name from 128 random bits. */
  public static ObjectName random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new ObjectName(HexFormat.of().formatHex(bytes));
  }

  @Override
  public String toString() {
    return value;
  }
}
