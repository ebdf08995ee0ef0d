package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;

/**
 * The explanation of one decision, which operators read with {@code strongroom grant explain}.
 *
 * @param value {@code why-} and 32 lower-case hexadecimal digits: 128 random bits
 */
public record ExplanationId(@JsonValue String value) {
  private static final String PREFIX = "why";

  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ExplanationId {
    RandomId.check(PREFIX, value);
  }

  /** A new id from 128 random bits. */
  public static ExplanationId random(SecureRandom random) {
    return new ExplanationId(RandomId.next(PREFIX, random));
  }

  @Override
  public String toString() {
    return value;
  }
}
