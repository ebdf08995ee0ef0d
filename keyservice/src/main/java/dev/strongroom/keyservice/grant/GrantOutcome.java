package dev.strongroom.keyservice.grant;

import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.jspecify.annotations.Nullable;

/** How a request for a grant ended. */
public sealed interface GrantOutcome {

  /** Released, recorded and durable. */
  record Granted(GrantResponse response) implements GrantOutcome {}

  /**
   * Refused.
   *
   * @param detail what is wrong and what to do next
   * @param explanation what an operator reads; null where nobody was authenticated
   */
  record Denied(ProblemCode code, String detail, @Nullable ExplanationId explanation)
      implements GrantOutcome {}

  /** Neither: something that the service needs does not work now. Nothing was released. */
  record Unavailable(Problem cause) implements GrantOutcome {}
}
