package dev.strongroom.keyservice.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Explanation;
import java.security.SecureRandom;
import java.util.List;

/**
 * Refusals of grants. Who was authenticated is recorded, with the nonce used up; who was not is
 * counted, and so is what one subject asks too often in vain.
 */
public final class Denials {
  private static final int SERVER_ERROR = 500;

  private final Ledger ledger;
  private final ExplanationStore explanations;
  private final DenialSummary summary;
  private final SecureRandom random;
  private final RefusalBudget budget;

  public Denials(
      Ledger ledger,
      ExplanationStore explanations,
      DenialSummary summary,
      SecureRandom random,
      RefusalBudget budget) {
    this.ledger = ledger;
    this.explanations = explanations;
    this.summary = summary;
    this.random = random;
    this.budget = budget;
  }

  GrantOutcome beforeAuthentication(Problem problem) {
    if (isOurFault(problem)) {
      return new GrantOutcome.Unavailable(problem);
    }
    return counted(problem);
  }

  GrantOutcome byPolicy(Asked asked, Decision.Refused refused) {
    return record(
        asked,
        refused.policyDigest(),
        refused.code(),
        "the policy refuses: "
            + refused.code().wireName().replace('-', ' ')
            + asked(asked, refused),
        refused.explanation());
  }

  // Repeats what the caller sent; what the policy lists is for those who may audit.
  private static String asked(Asked asked, Decision.Refused refused) {
    return refused.code() == ProblemCode.MODE_FORBIDDEN
        ? " (asked for: mode '"
            + asked.body().mode().wireName()
            + "', onExpiry '"
            + asked.body().onExpiry().wireName()
            + "'); leases[].modes and leases[].onExpiry of the policy must list them"
        : "";
  }

  /**
   * @param policyDigest the policy in force
   */
  GrantOutcome afterAuthentication(Asked asked, Sha256Digest policyDigest, Problem problem) {
    if (isOurFault(problem)) {
      return new GrantOutcome.Unavailable(problem);
    }
    return switch (problem.code()) {
      // The nonce stands in the log already, or is so old that the log takes it no more.
      case NONCE_USED, NONCE_EXPIRED -> counted(problem);
      default ->
          record(
              asked,
              policyDigest,
              problem.code(),
              message(problem),
              new Explanation(message(problem), List.of()));
    };
  }

  private GrantOutcome record(
      Asked asked,
      Sha256Digest policyDigest,
      ProblemCode code,
      String detail,
      Explanation explanation) {
    if (!budget.take(asked.identity())) {
      summary.count(code);
      return new GrantOutcome.Denied(code, detail, null);
    }
    ExplanationId id = ExplanationId.random(random);
    LogEvent.RequestDenied entry =
        new LogEvent.RequestDenied(
            asked.now().toEpochMilli(),
            id,
            Action.DECRYPT.wireName(),
            code.wireName(),
            asked.body().model(),
            asked.body().version(),
            asked.identity().canonical(),
            asked.request().jkt(),
            asked.request().nonce().hash(),
            asked.request().nonce().expiresAt(),
            policyDigest);
    try {
      ledger.commit(view -> entry);
    } catch (Problem e) {
      return isOurFault(e) ? new GrantOutcome.Unavailable(e) : counted(e);
    }
    explanations.put(
        new ExplanationStore.Kept(
            id,
            asked.now(),
            Action.DECRYPT.wireName(),
            asked.identity().canonical(),
            asked.body().target().toString(),
            code,
            explanation));
    return new GrantOutcome.Denied(code, detail, id);
  }

  private GrantOutcome counted(Problem problem) {
    summary.count(problem.code());
    return new GrantOutcome.Denied(problem.code(), message(problem), null);
  }

  private static boolean isOurFault(Problem problem) {
    return problem.code().httpStatus() >= SERVER_ERROR;
  }

  private static String message(Problem problem) {
    return String.valueOf(problem.getMessage());
  }
}
