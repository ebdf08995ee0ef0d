package dev.strongroom.core.grant;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** Every message names its format; another one is refused, never guessed. */
final class FormatCheck {
  private FormatCheck() {}

  static void check(@Nullable String given, String expected) {
    if (!expected.equals(given)) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "this message must have the format " + expected);
    }
  }
}
