package dev.strongroom.cli;

import dev.strongroom.core.problem.ProblemCode;
import java.util.EnumMap;
import java.util.Map;

/** What to do after a refusal, where its message does not say so already. */
final class NextStep {
  private static final Map<ProblemCode, String> STEPS = new EnumMap<>(ProblemCode.class);

  static {
    String doctor = "Next: 'strongroom doctor' looks at each step of the connection.";
    STEPS.put(ProblemCode.SERVICE_UNREACHABLE, doctor);
    STEPS.put(ProblemCode.ORIGIN_MISMATCH, doctor);
    STEPS.put(ProblemCode.TOKEN_EXPIRED, "Next: get a fresh token from your issuer.");
    STEPS.put(ProblemCode.TOKEN_NOT_YET_VALID, doctor);
    STEPS.put(ProblemCode.TOKEN_AUDIENCE_MISMATCH, doctor);
    STEPS.put(ProblemCode.TOKEN_ISSUER_UNKNOWN, doctor);
    STEPS.put(ProblemCode.PROOF_INVALID, doctor);
    STEPS.put(
        ProblemCode.ACCESS_DENIED,
        "Next: an operator can see every clause with 'strongroom grant explain ID'.");
    STEPS.put(
        ProblemCode.VERSION_EXISTS,
        "Next: a version never changes; publish under another --version.");
    STEPS.put(
        ProblemCode.VERSION_UNKNOWN, "Next: 'strongroom version list MODEL' shows what there is.");
    STEPS.put(
        ProblemCode.DRAFT_FENCED,
        "Next: another process resumed this draft; let it finish, or run the command again to take"
            + " the draft back.");
    STEPS.put(
        ProblemCode.PUBLISHER_UNKNOWN,
        "Next: give the public key beside your key file (.pub) to who runs the key service.");
    STEPS.put(
        ProblemCode.LOG_CORRUPT,
        "Next: keep the directory as it is and compare with other copies.");
    STEPS.put(
        ProblemCode.RECEIPT_INVALID,
        "Next: do not go on with this service before its operator has explained it.");
    STEPS.put(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        "Next: compare the trust bundle with that of who runs the key service.");
  }

  private NextStep() {}

  /** One line, or nothing. */
  static String after(ProblemCode code) {
    return STEPS.getOrDefault(code, "");
  }
}
