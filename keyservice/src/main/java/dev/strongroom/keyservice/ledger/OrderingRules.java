package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.LedgerView.Holder;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for each kind of event at the ordering point ({@code grant-protocol.md} section
 * 6), whichever flow it comes from. The ledger asks here for every event, after the flow's own
 * admission and before anything is appended, so that no flow can forget.
 */
final class OrderingRules {
  private final LedgerState state;
  private final LedgerLimits.Live live;

  OrderingRules(LedgerState state, LedgerLimits.Live live) {
    this.state = state;
    this.live = live;
  }

  /**
   * @throws Problem {@code NONCE_USED}, {@code NONCE_EXPIRED}, {@code POLICY_CHANGED}, {@code
   *     REVOKED}, {@code LEASE_UNKNOWN}, {@code LEASE_ENDED}, {@code LEASE_SEQUENCE_MISMATCH},
   *     {@code REVOCATION_UNKNOWN}, {@code MALFORMED_REQUEST}, {@code TOO_MANY_LEASES}, {@code
   *     OVERLOADED}
   */
  void require(LogEvent event) {
    switch (event) {
      case LogEvent.GrantIssued issued -> requireGrant(issued);
      case LogEvent.DraftKeyReleased released -> {
        requireFresh(released.nonceHash(), released.nonceExpiresAt());
        requireInForce(released.policyDigest());
        requireNotErased(new ModelVersion(released.model(), released.version()));
      }
      case LogEvent.RequestDenied denied ->
          requireDenialNonce(denied.nonceHash(), denied.nonceExpiresAt());
      case LogEvent.LeaseRenewed renewed -> requireRenewal(renewed);
      case LogEvent.LeaseEnded ended -> requireLive(ended.lease());
      case LogEvent.LeaseWiped wiped -> requireEnded(wiped.lease());
      case LogEvent.WipeUnconfirmed unconfirmed -> {
        if (requireEnded(unconfirmed.lease()).wipe() != Wipe.NOT_HEARD) {
          throw new Problem(ProblemCode.LEASE_ENDED, "the end of this lease is recorded already");
        }
      }
      case LogEvent.RevocationAdded added -> requireRevocation(added);
      case LogEvent.RevocationLifted lifted -> {
        if (!state.hasRevocation(lifted.revocation())) {
          throw new Problem(
              ProblemCode.REVOCATION_UNKNOWN,
              "no revocation of this id stands; see 'strongroom revoke list'");
        }
      }
      case LogEvent.KekRotateBegun begun -> {}
      case LogEvent.KekRotated rotated -> {}
      case LogEvent.DataKeysRewrapped rewrapped -> {}
      case LogEvent.DataKeysMigrated migrated -> {}
      case LogEvent.DataKeyErased erased ->
          requireNotErased(new ModelVersion(erased.model(), erased.version()));
      case LogEvent.KekEraseBegun begun -> {}
      case LogEvent.KekErased erased -> {}
      case LogEvent.ServiceStarted started -> {}
      case LogEvent.PolicyApplied applied -> {}
      case LogEvent.DraftAbandoned abandoned -> {}
      case LogEvent.VersionPublished published ->
          requireNotErased(new ModelVersion(published.model(), published.version()));
      case LogEvent.DenialsSummarised summarised -> {}
    }
  }

  private void requireGrant(LogEvent.GrantIssued issued) {
    requireFresh(issued.nonceHash(), issued.nonceExpiresAt());
    requireInForce(issued.policyDigest());
    requireGrantable(Holding.of(issued), issued.nonceHash());
    if (state.lease(issued.lease()).isPresent()) {
      throw new Problem(ProblemCode.INTERNAL, "a lease of this id exists already; ask again");
    }
  }

  /**
   * @throws Problem {@code NONCE_USED}, {@code DATA_KEY_ERASED}, {@code REVOKED}, {@code
   *     TOO_MANY_LEASES}, {@code OVERLOADED}
   */
  void requireGrantable(Holding asker, Sha256Digest nonceHash) {
    ModelVersion target = asker.target();
    requireUnused(nonceHash);
    // Before the revocation that goes with it: that one may be lifted, this one may not.
    requireNotErased(target);
    if (state.revocationOf(asker).isPresent()) {
      throw revoked();
    }
    requireRoom(new Holder(asker.subject(), asker.podUid(), asker.jkt()), target);
  }

  // A restarted holder takes the place of its earlier lease: it must not be shut out by itself.
  private void requireRoom(Holder holder, ModelVersion target) {
    if (state.liveLeaseOf(holder, target).isPresent()) {
      return;
    }
    // The subject's own limit first: it names who has to give leases back.
    if (state.heldLeases(holder.subject(), target) >= live.perSubjectAndVersion()) {
      throw tooMany("for this version", "leases.maxLivePerSubjectAndVersion");
    }
    if (state.heldLeases(holder.subject()) >= live.perSubject()) {
      throw tooMany("altogether", "leases.maxLivePerSubject");
    }
    if (state.heldLeases() >= live.all()) {
      throw new Problem(
          ProblemCode.OVERLOADED,
          "there are as many live leases as the service may have (leases.maxLive); try again"
              + " later");
    }
  }

  private void requireNotErased(ModelVersion target) {
    if (state.erasedKeys().containsKey(target)) {
      throw new Problem(
          ProblemCode.DATA_KEY_ERASED,
          "the data key of this version was erased for good; publish another version");
    }
  }

  private static Problem tooMany(String what, String setting) {
    return new Problem(
        ProblemCode.TOO_MANY_LEASES,
        "this subject has as many live leases as it may have "
            + what
            + " ("
            + setting
            + "); give back those that are not needed, or ask again when some have ended");
  }

  private void requireUnused(Sha256Digest nonceHash) {
    if (state.nonceUsed(nonceHash)) {
      throw new Problem(
          ProblemCode.NONCE_USED, "this nonce was used already; get a new one and ask again");
    }
  }

  private void requireFresh(Sha256Digest nonceHash, long nonceExpiresAt) {
    requireUnused(nonceHash);
    if (nonceExpiresAt < state.nonceHorizon()) {
      throw new Problem(
          ProblemCode.NONCE_EXPIRED, "this nonce has expired; get a new one and ask again");
    }
  }

  private void requireDenialNonce(@Nullable Sha256Digest hash, @Nullable Long expiresAt) {
    if ((hash == null) != (expiresAt == null)) {
      throw new Problem(ProblemCode.INTERNAL, "a used nonce is recorded with its expiry");
    }
    if (hash != null && expiresAt != null) {
      requireFresh(hash, expiresAt);
    }
  }

  private void requireInForce(Sha256Digest policy) {
    if (state.policyDigest().filter(policy::equals).isEmpty()) {
      throw new Problem(
          ProblemCode.POLICY_CHANGED,
          "another policy is in force than the one that decided; ask again");
    }
  }

  private LeaseState requireKnown(LeaseId id) {
    return state
        .lease(id)
        .orElseThrow(() -> new Problem(ProblemCode.LEASE_UNKNOWN, "there is no lease of this id"));
  }

  private LeaseState requireLive(LeaseId id) {
    LeaseState lease = requireKnown(id);
    if (lease.end() != null) {
      throw new Problem(
          ProblemCode.LEASE_ENDED,
          "the lease has ended: " + lease.end().cause().wireName() + "; ask for a new grant");
    }
    return lease;
  }

  private LeaseState requireEnded(LeaseId id) {
    LeaseState lease = requireKnown(id);
    if (lease.end() == null) {
      throw new Problem(ProblemCode.INTERNAL, "the lease has not ended yet");
    }
    if (lease.wiped()) {
      throw new Problem(ProblemCode.LEASE_ENDED, "the wipe of this lease is recorded already");
    }
    return lease;
  }

  private void requireRenewal(LogEvent.LeaseRenewed renewed) {
    LeaseState lease = requireLive(renewed.lease());
    if (state.dueEnd(lease.id()).isPresent()) {
      throw new Problem(
          ProblemCode.LEASE_ENDED, "the lease was revoked or superseded; wipe, and acknowledge");
    }
    if (renewed.sequence() != lease.sequence() + 1) {
      throw new Problem(
          ProblemCode.LEASE_SEQUENCE_MISMATCH,
          "the next renewal of this lease is number " + (lease.sequence() + 1));
    }
    requireInForce(renewed.policyDigest());
  }

  private void requireRevocation(LogEvent.RevocationAdded added) {
    if (state.hasRevocation(added.revocation())) {
      throw new Problem(ProblemCode.INTERNAL, "a revocation of this id exists already; ask again");
    }
    RevocationSelector selector = added.selector();
    if (selector.lease() != null) {
      requireKnown(selector.lease());
      boolean names =
          selector.podUid() != null
              || (selector.jkt() != null
                  && selector.subject() != null
                  && selector.model() != null
                  && selector.version() != null);
      if (!names) {
        throw new Problem(
            ProblemCode.INTERNAL, "a revoked lease is recorded together with its holder");
      }
    }
  }

  private static Problem revoked() {
    return new Problem(
        ProblemCode.REVOKED, "a revocation stands against this workload or model version");
  }
}
