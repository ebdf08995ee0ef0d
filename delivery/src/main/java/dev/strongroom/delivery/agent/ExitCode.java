package dev.strongroom.delivery.agent;

import dev.strongroom.core.problem.ProblemCode;
import java.util.EnumSet;
import java.util.Set;

/** How a sidecar or init container ends, for whoever restarts it. */
public enum ExitCode {
  /** Delivered (init container), or wiped and acknowledged at the end of its right (sidecar). */
  DONE(0),
  /** The command line is wrong. */
  USAGE(2),
  /** The service said no. */
  DENIED(10),
  /** Something that was received is not what was signed. */
  INTEGRITY(11),
  /**
   * The service or the storage could not be reached or used, or did not take the acknowledgement.
   */
  UNAVAILABLE(12),
  /** The target cannot hold the model, or could not be wiped. */
  TARGET(13),
  /** The configuration is wrong. */
  CONFIGURATION(78);

  private static final Set<ProblemCode> TARGET_CODES =
      EnumSet.of(
          ProblemCode.TARGET_NOT_MEMORY,
          ProblemCode.TARGET_OCCUPIED,
          ProblemCode.TARGET_TOO_SMALL,
          ProblemCode.SWAP_ENABLED,
          ProblemCode.WIPE_INCOMPLETE);

  // At a publisher these are mistakes of his; here they came from others.
  private static final Set<ProblemCode> UNTRUSTED_CODES =
      EnumSet.of(
          ProblemCode.MANIFEST_INVALID,
          ProblemCode.PUBLISHER_UNKNOWN,
          ProblemCode.SOURCE_MISBEHAVED);

  private static final Set<ProblemCode> CONFIGURATION_CODES =
      EnumSet.of(ProblemCode.CONFIGURATION_INVALID, ProblemCode.STORAGE_HOST_REFUSED);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  /** The exit status of the process. */
  public int status() {
    return status;
  }

  /** How a process ends that fails with this. */
  public static ExitCode of(ProblemCode code) {
    if (TARGET_CODES.contains(code)) {
      return TARGET;
    }
    if (code.isIntegrity() || UNTRUSTED_CODES.contains(code)) {
      return INTEGRITY;
    }
    if (CONFIGURATION_CODES.contains(code)) {
      return CONFIGURATION;
    }
    return switch (code.category()) {
      case CALLER, DENY -> DENIED;
      case RETRY, OPERATOR -> UNAVAILABLE;
    };
  }
}
