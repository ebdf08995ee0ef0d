package dev.strongroom.keyservice.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.PodBinding;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Explanation;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.Refusal;
import dev.strongroom.keyservice.proof.CheckedNonce;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may publish what; refusals are recorded and explained, but for those that one subject asks
 * for too often, which are counted.
 */
final class PublishRight {
  private final Supplier<Policy> policy;
  private final Ledger ledger;
  private final ExplanationStore explanations;
  private final RefusalBudget budget;
  private final DenialSummary summary;
  private final SecureRandom random;
  private final InstantSource clock;

  PublishRight(
      Supplier<Policy> policy,
      Ledger ledger,
      ExplanationStore explanations,
      RefusalBudget budget,
      DenialSummary summary,
      SecureRandom random,
      InstantSource clock) {
    this.policy = policy;
    this.ledger = ledger;
    this.explanations = explanations;
    this.budget = budget;
    this.summary = summary;
    this.random = random;
    this.clock = clock;
  }

  /**
   * One who wants to publish.
   *
   * @param nonce that the request uses up; null for requests without one
   */
  record Asked(
      Identity identity,
      String jkt,
      ModelVersion target,
      @Nullable CheckedNonce nonce,
      String peerAddress) {
    /** Whom revocations are asked about; the pod is the one that the token proves. */
    LedgerView.Holder holder() {
      return new LedgerView.Holder(identity.canonical(), PodBinding.podOf(identity.claims()), jkt);
    }
  }

  /**
   * The digest of the policy that allows it.
   *
   * @throws Refusal when it does not; a {@link Problem} of the same code, which is counted and not
   *     recorded, when it says so to this caller too often
   * @throws Problem {@link ProblemCode#NONCE_USED} and the like, {@link
   *     ProblemCode#LOG_UNAVAILABLE} when the refusal cannot be recorded
   */
  Sha256Digest require(Asked asked) {
    return switch (policy.get().decide(question(asked))) {
      case Decision.Allowed allowed -> allowed.policyDigest();
      case Decision.Refused refused -> throw refuse(asked, refused);
    };
  }

  private RuntimeException refuse(Asked asked, Decision.Refused refused) {
    return record(asked, refused.policyDigest(), refused.code(), refused.explanation())
        .<RuntimeException>map(id -> new Refusal(refused.code(), id))
        .orElseGet(() ->
            new Problem(
                refused.code(),
                "the policy refuses, and not every refusal of this caller is recorded any more: it"
                    + " asks too often in vain"));
  }

  /** Whether it would be allowed; nothing is recorded. */
  boolean allows(Asked asked) {
    return policy.get().consider(question(asked)) instanceof Decision.Allowed;
  }

  private AccessRequest question(Asked asked) {
    return new AccessRequest(
        Action.PUBLISH,
        asked.identity(),
        asked.target().model(),
        asked.target().version(),
        null,
        asked.peerAddress(),
        clock.instant());
  }

  /**
   * @throws Problem {@link ProblemCode#DATA_KEY_ERASED}
   */
  static void requireNotErased(LedgerView view, ModelVersion target) {
    if (view.erasedKeys().containsKey(target)) {
      throw new Problem(
          ProblemCode.DATA_KEY_ERASED,
          "the data key of this version was erased for good; publish another version");
    }
  }

  /**
   * @throws Problem {@link ProblemCode#DATA_KEY_ERASED}, {@link ProblemCode#REVOKED}
   */
  static void requireNotRevoked(LedgerView view, LedgerView.Holder asker, ModelVersion target) {
    requireNotErased(view, target);
    if (view.revocationOf(asker.asking(target)).isPresent()) {
      throw new Problem(
          ProblemCode.REVOKED, "a revocation stands against this publisher or model version");
    }
  }

  /**
   * @throws Problem {@link ProblemCode#POLICY_CHANGED}
   */
  static void requireInForce(LedgerView view, Sha256Digest policyDigest) {
    if (view.policyDigest().filter(policyDigest::equals).isEmpty()) {
      throw new Problem(
          ProblemCode.POLICY_CHANGED,
          "another policy is in force than the one that decided; ask again");
    }
  }

  /**
   * Records a refusal that came after the policy allowed it. The nonce, where there is one, is used
   * up by that.
   */
  void recordRefusal(Asked asked, Sha256Digest policyDigest, Problem problem) {
    Explanation why = new Explanation(String.valueOf(problem.getMessage()), List.of());
    record(asked, policyDigest, problem.code(), why);
  }

  /** As the above, for a refusal that no policy was asked about. */
  void recordRefusal(Asked asked, Problem problem) {
    recordRefusal(asked, policy.get().digest(), problem);
  }

  /** What an operator finds the reasons under; empty where the refusal is only counted. */
  private Optional<ExplanationId> record(
      Asked asked, Sha256Digest policyDigest, ProblemCode code, Explanation why) {
    if (!budget.take(asked.identity())) {
      summary.count(code);
      return Optional.empty();
    }
    Instant now = clock.instant();
    ExplanationId id = ExplanationId.random(random);
    CheckedNonce nonce = asked.nonce();
    LogEvent.RequestDenied entry =
        new LogEvent.RequestDenied(
            now.toEpochMilli(),
            id,
            Action.PUBLISH.wireName(),
            code.wireName(),
            asked.target().model(),
            asked.target().version(),
            asked.identity().canonical(),
            asked.jkt(),
            nonce == null ? null : nonce.hash(),
            nonce == null ? null : nonce.expiresAt(),
            policyDigest);
    ledger.commit(view -> entry);
    explanations.put(
        new ExplanationStore.Kept(
            id,
            now,
            Action.PUBLISH.wireName(),
            asked.identity().canonical(),
            asked.target().toString(),
            code,
            why));
    return Optional.of(id);
  }
}
