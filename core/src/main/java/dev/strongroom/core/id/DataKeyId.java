package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;

/**
 * One data key; a version has one, and its wrapped bytes are bound to this id.
 *
 * @param value {@code dk-} and 32 lower-case hexadecimal digits: 128 random bits
 */
public record DataKeyId(@JsonValue String value) {
  private static final String PREFIX = "dk";

  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DataKeyId {
    RandomId.check(PREFIX, value);
  }

  /** A new id from 128 random bits. */
  public static DataKeyId random(SecureRandom random) {
    return new DataKeyId(RandomId.next(PREFIX, random));
  }

  @Override
  public String toString() {
    return value;
  }
}
