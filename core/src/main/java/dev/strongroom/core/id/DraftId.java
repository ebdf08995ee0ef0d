package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;

/**
 * A version while it is being published.
 *
 * @param value {@code draft-} and 32 lower-case hexadecimal digits: 128 random bits
 */
public record DraftId(@JsonValue String value) {
  private static final String PREFIX = "draft";

  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DraftId {
    RandomId.check(PREFIX, value);
  }

  /** A new id from 128 random bits. */
  public static DraftId random(SecureRandom random) {
    return new DraftId(RandomId.next(PREFIX, random));
  }

  @Override
  public String toString() {
    return value;
  }
}
