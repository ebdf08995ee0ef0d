package dev.strongroom.keyservice.policy;

import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.ProblemCode;

/** The policy said no; the log says so, and an operator can read why. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;
  private final transient ExplanationId explanation;

  public Refusal(ProblemCode code, ExplanationId explanation) {
    super("the policy refuses: " + code.wireName().replace('-', ' '), null, false, false);
    this.code = code;
    this.explanation = explanation;
  }

  public ProblemCode code() {
    return code;
  }

  public ExplanationId explanation() {
    return explanation;
  }
}
