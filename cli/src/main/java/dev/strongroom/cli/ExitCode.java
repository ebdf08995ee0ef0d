package dev.strongroom.cli;

import dev.strongroom.core.problem.ProblemCode;
import java.util.EnumSet;
import java.util.Set;

/** How commands end, for scripts. */
public enum ExitCode {
  /** Done, or the answer is yes. */
  OK(0),
  /** The answer is no: refused, not found, or what was looked at does not hold. */
  REFUSED(1),
  /** The command, its options or its files are wrong. */
  MISUSE(2),
  /** Something needed cannot be reached now; trying again may help. */
  UNAVAILABLE(3),
  /** Something is not what a signature, a digest or a log says: stop and look. */
  INTEGRITY(4);

  private static final Set<ProblemCode> MISUSES =
      EnumSet.of(
          ProblemCode.INVALID_NAME,
          ProblemCode.INVALID_PATH,
          ProblemCode.CONFIGURATION_INVALID,
          ProblemCode.KEY_FILE_INSECURE,
          ProblemCode.KEY_FILE_MISSING,
          ProblemCode.TOKEN_MISSING,
          ProblemCode.SYMLINK_REFUSED);

  private final int value;

  ExitCode(int value) {
    this.value = value;
  }

  public int value() {
    return value;
  }

  /** How a command ends that was refused with this code. */
  public static ExitCode of(ProblemCode code) {
    if (MISUSES.contains(code)) {
      return MISUSE;
    }
    if (code.isIntegrity()) {
      return INTEGRITY;
    }
    return switch (code.category()) {
      case CALLER, DENY -> REFUSED;
      case RETRY, OPERATOR -> UNAVAILABLE;
    };
  }
}
