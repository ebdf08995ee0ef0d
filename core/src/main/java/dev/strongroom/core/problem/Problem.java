package dev.strongroom.core.problem;

/**
 * A refusal with a stable code: what every part of Strongroom throws for bad input, a failed check
 * or a missing right. The message says what is wrong and what to do next. It never holds a secret,
 * a token or a presigned URL, because it is logged and sent to callers.
 */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;

  public Problem(ProblemCode code, String message) {
    super(message);
    this.code = code;
  }

  public Problem(ProblemCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ProblemCode code() {
    return code;
  }
}
