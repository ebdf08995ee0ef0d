package dev.strongroom.core.problem;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A refusal with a stable code: what every part of Strongroom throws for bad input, a failed check
 * or a missing right. The message says what is wrong and what to do next. It never holds a secret,
 * a token or a presigned URL, because it is logged and sent to callers.
 */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;
  private final Duration retryAfter;

  public Problem(ProblemCode code, String message) {
    super(message);
    this.code = code;
    this.retryAfter = Duration.ZERO;
  }

  public Problem(ProblemCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.retryAfter = Duration.ZERO;
  }

  /**
   * @param retryAfter how long whoever refuses wants to be left alone; zero or less for no advice
   */
  public Problem(ProblemCode code, String message, @Nullable Throwable cause, Duration retryAfter) {
    super(message, cause);
    this.code = code;
    this.retryAfter = retryAfter.isNegative() ? Duration.ZERO : retryAfter;
  }

  public ProblemCode code() {
    return code;
  }

  /** How long not to ask again; zero where whoever refused gave no advice. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
