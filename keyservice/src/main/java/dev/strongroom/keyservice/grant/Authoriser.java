package dev.strongroom.keyservice.grant;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.Refusal;
import dev.strongroom.keyservice.proof.ProvenCaller;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks the policy for requests that carry a DPoP proof; a refusal is recorded and explained. */
public final class Authoriser {
  private final Supplier<Policy> policy;
  private final Ledger ledger;
  private final ExplanationStore explanations;
  private final SecureRandom random;
  private final InstantSource clock;
  private final RefusalBudget budget;
  private final DenialSummary summary;

  public Authoriser(
      Supplier<Policy> policy,
      Ledger ledger,
      ExplanationStore explanations,
      SecureRandom random,
      InstantSource clock,
      RefusalBudget budget,
      DenialSummary summary) {
    this.policy = policy;
    this.ledger = ledger;
    this.explanations = explanations;
    this.random = random;
    this.clock = clock;
    this.budget = budget;
    this.summary = summary;
  }

  /**
   * Asks one question.
   *
   * @param jkt thumbprint of the caller's proof key, for the log
   * @throws Refusal when the policy says no; a {@link Problem} of the same code, which is counted
   *     and not recorded, when it says so to this caller too often
   * @throws Problem {@link ProblemCode#LOG_UNAVAILABLE} when the refusal cannot be recorded
   */
  public Decision.Allowed require(AccessRequest asked, String jkt) {
    return switch (policy.get().decide(asked)) {
      case Decision.Allowed allowed -> allowed;
      case Decision.Refused refused -> throw refuse(asked, jkt, refused);
    };
  }

  /**
   * Allows one of these actions, or refuses.
   *
   * @param actions one or more; the last one's refusal is what is recorded
   * @param model null where the request is not about one model
   * @throws Refusal when the policy allows none
   * @throws Problem {@link ProblemCode#LOG_UNAVAILABLE} when the refusal cannot be recorded
   */
  public void require(
      List<Action> actions,
      ProvenCaller caller,
      @Nullable ModelName model,
      @Nullable VersionId version,
      String peerAddress) {
    Policy inForce = policy.get();
    List<AccessRequest> questions =
        actions.stream()
            .map(action ->
                new AccessRequest(
                    action, caller.identity(), model, version, null, peerAddress, clock.instant()))
            .toList();
    for (AccessRequest question : questions.subList(0, questions.size() - 1)) {
      if (inForce.consider(question) instanceof Decision.Allowed) {
        return;
      }
    }
    Decision.Allowed _ = require(questions.getLast(), caller.jkt());
  }

  private RuntimeException refuse(AccessRequest asked, String jkt, Decision.Refused refused) {
    if (!budget.take(asked.identity())) {
      summary.count(refused.code());
      return new Problem(
          refused.code(),
          "the policy refuses, and not every refusal of this caller is recorded any more: it asks"
              + " too often in vain");
    }
    ExplanationId id = ExplanationId.random(random);
    String subject = asked.identity().canonical();
    LogEvent.RequestDenied entry =
        new LogEvent.RequestDenied(
            asked.now().toEpochMilli(),
            id,
            asked.action().wireName(),
            refused.code().wireName(),
            asked.model(),
            asked.version(),
            subject,
            jkt,
            null,
            null,
            refused.policyDigest());
    ledger.commit(view -> entry);
    explanations.put(
        new ExplanationStore.Kept(
            id,
            asked.now(),
            asked.action().wireName(),
            subject,
            target(asked),
            refused.code(),
            refused.explanation()));
    return new Refusal(refused.code(), id);
  }

  private static @Nullable String target(AccessRequest asked) {
    if (asked.model() == null) {
      return null;
    }
    return asked.version() == null
        ? asked.model().value()
        : asked.model().value() + ":" + asked.version().value();
  }
}
