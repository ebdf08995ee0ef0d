package dev.strongroom.core.problem;

import org.jspecify.annotations.Nullable;

/** The checks that records make on what a parser hands them. */
public final class Require {
  private Require() {}

  /**
   * The value, when it is there.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when it is absent
   */
  public static <T> T present(@Nullable T value, String name) {
    if (value == null) {
      throw new Problem(ProblemCode.MALFORMED_REQUEST, "the field '" + name + "' is missing");
    }
    return value;
  }

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the condition does not hold
   */
  public static void that(boolean condition, String message) {
    if (!condition) {
      throw new Problem(ProblemCode.MALFORMED_REQUEST, message);
    }
  }
}
