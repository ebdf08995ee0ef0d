package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;

/**
 * One revocation: a standing deny until it is lifted.
 *
 * @param value {@code rev-} and 32 lower-case hexadecimal digits: 128 random bits
 */
public record RevocationId(@JsonValue String value) {
  private static final String PREFIX = "rev";

  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public RevocationId {
    RandomId.check(PREFIX, value);
  }

  /** A new id from 128 random bits. */
  public static RevocationId random(SecureRandom random) {
    return new RevocationId(RandomId.next(PREFIX, random));
  }

  @Override
  public String toString() {
    return value;
  }
}
