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

  private static final Set<ProblemCode> BROKEN =
      EnumSet.of(
          ProblemCode.GRANT_SIGNATURE_INVALID,
          ProblemCode.GRANT_MISMATCH,
          ProblemCode.RECEIPT_INVALID,
          ProblemCode.SEALED_KEY_INVALID,
          ProblemCode.KEY_COMMITMENT_MISMATCH,
          ProblemCode.MANIFEST_DIGEST_MISMATCH,
          ProblemCode.MANIFEST_SIGNATURE_INVALID,
          ProblemCode.MODEL_SIGNATURE_INVALID,
          ProblemCode.CIPHERTEXT_HEADER_INVALID,
          ProblemCode.CIPHERTEXT_CORRUPT,
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          ProblemCode.OBJECT_CHANGED,
          ProblemCode.OBJECT_MISMATCH,
          ProblemCode.PLAINTEXT_DIGEST_MISMATCH,
          ProblemCode.JOURNAL_MISMATCH,
          ProblemCode.LOG_CORRUPT);

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
    if (BROKEN.contains(code)) {
      return INTEGRITY;
    }
    return switch (code.category()) {
      case CALLER, DENY -> REFUSED;
      case RETRY, OPERATOR -> UNAVAILABLE;
    };
  }
}
