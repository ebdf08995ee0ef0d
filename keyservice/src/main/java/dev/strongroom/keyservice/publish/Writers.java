package dev.strongroom.keyservice.publish;

import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.proof.ProvenCaller;

/** A draft has one writer: the one with its highest fence, known by its proof key. */
final class Writers {
  // Where the caller is matters to the policy alone.
  private static final String NO_POLICY_IS_ASKED = "";

  private final DraftStore drafts;
  private final Ledger ledger;
  private final PublishRight right;

  Writers(DraftStore drafts, Ledger ledger, PublishRight right) {
    this.drafts = drafts;
    this.ledger = ledger;
    this.right = right;
  }

  /**
   * The open draft of this writer, whom no revocation meets; where one does, that is recorded.
   *
   * @throws Problem {@link ProblemCode#REVOKED}, and {@link ProblemCode#DRAFT_UNKNOWN} and as
   *     {@link #require(Draft, String, long)}
   */
  Draft require(DraftId id, ProvenCaller caller, long fence) {
    return requireNotRevoked(require(known(id), caller.jkt(), fence), caller);
  }

  /** As the above, for calls that have no body to name a fence in. */
  Draft require(DraftId id, ProvenCaller caller) {
    return requireNotRevoked(require(known(id), caller.jkt()), caller);
  }

  /**
   * That this draft, whatever is being done with it, is the caller's, whom no revocation meets;
   * where one does, that is recorded.
   *
   * @throws Problem {@link ProblemCode#DRAFT_FENCED}, {@link ProblemCode#REVOKED}
   */
  void requireHeld(Draft draft, ProvenCaller caller) {
    requireKey(draft, caller.jkt());
    Draft _ = requireNotRevoked(draft, caller);
  }

  private Draft requireNotRevoked(Draft draft, ProvenCaller caller) {
    PublishRight.Asked asked =
        new PublishRight.Asked(
            caller.identity(), caller.jkt(), draft.target(), null, NO_POLICY_IS_ASKED);
    try {
      PublishRight.requireNotRevoked(ledger.view(), asked.holder(), draft.target());
    } catch (Problem revoked) {
      right.recordRefusal(asked, revoked);
      throw revoked;
    }
    return draft;
  }

  /**
   * This draft, if it is open and of this writer; revocations are left to the ordering point.
   *
   * @throws Problem {@link ProblemCode#DRAFT_FENCED} under another fence or proof key; {@link
   *     ProblemCode#OVERLOADED} while it is being finalised or abandoned
   */
  static Draft require(Draft draft, String jkt, long fence) {
    Draft open = require(draft, jkt);
    if (open.fence() != fence) {
      throw fenced();
    }
    return open;
  }

  private static Draft require(Draft draft, String jkt) {
    requireKey(draft, jkt);
    return switch (draft.state()) {
      case OPEN -> draft;
      case FINALISING, ABANDONING -> throw busy();
    };
  }

  private static void requireKey(Draft draft, String jkt) {
    if (!draft.jkt().equals(jkt)) {
      throw fenced();
    }
  }

  /**
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}
   */
  Draft known(DraftId id) {
    return drafts
        .find(id)
        .orElseThrow(() ->
            new Problem(
                ProblemCode.DRAFT_UNKNOWN,
                "there is no such draft: it was finalised or abandoned; list the open ones"));
  }

  static Problem fenced() {
    return new Problem(
        ProblemCode.DRAFT_FENCED,
        "another writer has taken this draft over; open it again to continue here");
  }

  static Problem busy() {
    return new Problem(
        ProblemCode.OVERLOADED, "this draft is being finalised or abandoned; try again shortly");
  }
}
