package dev.strongroom.core.id;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The common form of the random identifiers: {@code prefix-} and 32 lower-case hex digits. */
final class RandomId {
  private static final int BYTES = 16;

  private RandomId() {}

  static String next(String prefix, SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return prefix + "-" + HexFormat.of().formatHex(bytes);
  }

  static void check(String prefix, String value) {
    boolean form =
        value.length() == prefix.length() + 1 + 2 * BYTES
            && value.startsWith(prefix + "-")
            && value.substring(prefix.length() + 1).chars().allMatch(RandomId::isLowerHex);
    if (!form) {
      throw new Problem(
          ProblemCode.INVALID_NAME,
          "an id of this kind is " + prefix + "- and 32 lower-case hexadecimal digits");
    }
  }

  private static boolean isLowerHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
}
