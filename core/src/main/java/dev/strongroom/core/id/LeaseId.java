package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;

/**
 * One lease, the period for which a grant is held. It names the grant too.
 *
 * @param value {@code lease-} and 32 lower-case hexadecimal digits: 128 random bits
 */
public record LeaseId(@JsonValue String value) {
  private static final String PREFIX = "lease";

  /**
   * @throws dev.strongroom.core.problem.Problem when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public LeaseId {
    RandomId.check(PREFIX, value);
  }

  /** A new id from 128 random bits. */
  public static LeaseId random(SecureRandom random) {
    return new LeaseId(RandomId.next(PREFIX, random));
  }

  @Override
  public String toString() {
    return value;
  }
}
