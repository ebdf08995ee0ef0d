package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.Holder;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/**
 * Revocations: a standing deny until lifted, and the end of every lease that it meets ({@code
 * grant-protocol.md} section 7). From the entry {@code revocation.added} on, no grant or renewal
 * that it meets enters the log.
 */
public final class RevocationFlow {
  /** The longest reason, in characters. */
  public static final int MAX_REASON = 1_024;

  private final Ledger ledger;
  private final LeaseEnder ender;
  private final DataKeys dataKeys;
  private final InstantSource clock;
  private final SecureRandom random;

  public RevocationFlow(
      Ledger ledger,
      LeaseEnder ender,
      DataKeys dataKeys,
      InstantSource clock,
      SecureRandom random) {
    this.ledger = ledger;
    this.ender = ender;
    this.dataKeys = dataKeys;
    this.clock = clock;
    this.random = random;
  }

  /**
   * What a revocation did.
   *
   * @param ended the leases that ended by it
   * @param pending leases that it meets whose end could not be recorded yet; they cannot be
   *     renewed, and the sweeper records their end
   */
  public record Added(RevocationId revocation, List<LeaseId> ended, List<LeaseId> pending) {
    public Added {
      ended = List.copyOf(ended);
      pending = List.copyOf(pending);
    }
  }

  /** What a revocation would end, were it added now; it would deny from then on besides. */
  public List<LeaseState> wouldEnd(RevocationSelector selector) {
    LedgerView view = ledger.view();
    RevocationSelector whole = withHolder(view, selector);
    return view.liveLeases().stream()
        .filter(lease -> lease.isMetBy(whole) && view.dueEnd(lease.id()).isEmpty())
        .toList();
  }

  /**
   * Adds a revocation and ends the leases that it meets.
   *
   * @param reason for people, 1 to {@value #MAX_REASON} characters; it is pushed to the holders
   * @param by {@code issuer|subject} of who revokes
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST}; {@link ProblemCode#LEASE_UNKNOWN} when a
   *     lease is named that is not there or ended long ago; what the ledger threw
   */
  public Added add(RevocationSelector selector, String reason, String by) {
    Require.that(
        !reason.isBlank() && reason.length() <= MAX_REASON,
        "give a reason of 1 to " + MAX_REASON + " characters");
    RevocationId id = RevocationId.random(random);
    ledger.commit(view ->
        new LogEvent.RevocationAdded(clock.millis(), id, withHolder(view, selector), reason, by));
    dataKeys.forget(selector::deniesEverybody);
    LedgerView view = ledger.view();
    List<LeaseId> met =
        view.liveLeases().stream()
            .map(LeaseState::id)
            .filter(
                lease -> view.dueEnd(lease).filter(due -> id.equals(due.revocation())).isPresent())
            .toList();
    LeaseEnder.Outcome outcome = ender.endAll(met);
    return new Added(id, outcome.ended(), outcome.pending());
  }

  // A lease is named together with who holds it, so that the log says who is denied from now on.
  private static RevocationSelector withHolder(LedgerView view, RevocationSelector selector) {
    LeaseId lease = selector.lease();
    if (lease == null) {
      return selector;
    }
    Require.that(
        selector.equals(new RevocationSelector(lease, null, null, null, null, null)),
        "name a lease alone: it says already who holds what");
    LeaseState state =
        view.lease(lease)
            .orElseThrow(() ->
                new Problem(
                    ProblemCode.LEASE_UNKNOWN,
                    "there is no lease of this id, or it ended long ago"));
    Holder holder = state.holder();
    return holder.podUid() != null
        ? new RevocationSelector(lease, null, holder.podUid(), null, null, null)
        : new RevocationSelector(
            lease,
            holder.subject(),
            null,
            holder.jkt(),
            state.target().model(),
            state.target().version());
  }

  /**
   * Lifts a revocation. Leases that it ended stay ended.
   *
   * @param by {@code issuer|subject} of who lifts it
   * @throws Problem {@link ProblemCode#REVOCATION_UNKNOWN}; what the ledger threw
   */
  public void lift(RevocationId id, String by) {
    ledger.commit(view -> new LogEvent.RevocationLifted(clock.millis(), id, by));
  }

  /** The standing revocations, oldest first. */
  public List<Revocation> list() {
    return ledger.view().revocations();
  }
}
