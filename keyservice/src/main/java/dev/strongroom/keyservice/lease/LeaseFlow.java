package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.ClusterView;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Decision.LeaseTerms;
import dev.strongroom.keyservice.posture.Clusters;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A lease after it was granted ({@code grant-protocol.md} section 7): renewed by its holder, and
 * given back.
 */
public final class LeaseFlow {
  /** How often a decision is made again because the policy changed under it. */
  private static final int DECISIONS = 3;

  private final Ledger ledger;
  private final Clusters clusters;
  private final SigningKey key;
  private final String origin;
  private final InstantSource clock;

  /**
   * @param clusters are asked about the pod at each renewal
   * @param key signs statements: the service's grant key
   * @param origin the service's origin
   */
  public LeaseFlow(
      Ledger ledger, Clusters clusters, SigningKey key, String origin, InstantSource clock) {
    this.ledger = ledger;
    this.clusters = clusters;
    this.key = key;
    this.origin = origin;
    this.clock = clock;
  }

  /**
   * A renewal whose proof and token were verified.
   *
   * @param jkt thumbprint of the key that made the proof
   * @param sequence of the request
   * @param identity from the fresh token
   * @param podUid from the fresh token; null where it names no pod
   * @param peerAddress where the connection came from
   */
  public record Renewal(
      LeaseId lease,
      String jkt,
      long sequence,
      Identity identity,
      @Nullable String podUid,
      String peerAddress) {}

  /** Asks the policy that is in force, and records its refusals. */
  @FunctionalInterface
  public interface Authorisation {
    /**
     * @throws Problem the policy's refusal
     */
    Decision.Allowed require(AccessRequest request);
  }

  /**
   * Renews a lease: cluster and policy are asked again, and the answer is signed.
   *
   * @throws Problem {@link ProblemCode#LEASE_UNKNOWN}; {@link ProblemCode#PROOF_INVALID} for
   *     another proof key; {@link ProblemCode#ACCESS_DENIED} for another subject or pod; {@link
   *     ProblemCode#LEASE_ENDED}; {@link ProblemCode#LEASE_SEQUENCE_MISMATCH}; what the policy or
   *     the ledger threw
   */
  public Lease.Renewed renew(Renewal renewal, Authorisation authorisation) {
    LeaseState lease = requireHeld(renewal.lease(), renewal.jkt());
    requireSameWorkload(lease, renewal);
    requireNext(ledger.view(), lease, renewal.sequence());
    ClusterView cluster = clusters.view(renewal.identity(), lease.target());
    for (int attempt = 1; ; attempt++) {
      Instant now = clock.instant();
      Decision.Allowed allowed = authorisation.require(question(lease, renewal, cluster, now));
      LogEvent.LeaseRenewed event = renewed(lease, renewal.sequence(), allowed, now);
      try {
        ledger.commit(view -> event);
        return statement(lease, event, allowed.terms(), now);
      } catch (Problem e) {
        if (e.code() != ProblemCode.POLICY_CHANGED || attempt == DECISIONS) {
          throw e;
        }
      }
    }
  }

  private LeaseState requireHeld(LeaseId id, String jkt) {
    LeaseState lease =
        ledger
            .view()
            .lease(id)
            .orElseThrow(() ->
                new Problem(
                    ProblemCode.LEASE_UNKNOWN,
                    "there is no lease of this id, or it ended long ago"));
    if (!lease.holder().jkt().equals(jkt)) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "this lease belongs to another proof key; use the one it has");
    }
    return lease;
  }

  private static void requireSameWorkload(LeaseState lease, Renewal renewal) {
    if (!lease.holder().subject().equals(renewal.identity().canonical())
        || !Objects.equals(lease.holder().podUid(), renewal.podUid())
        || !Objects.equals(lease.certificateId(), renewal.identity().certificateId())) {
      throw new Problem(
          ProblemCode.ACCESS_DENIED,
          "token and client certificate are not of the subject, pod and SPIFFE ID that the lease was"
              + " granted to");
    }
  }

  // The ledger asks the same again at the ordering point; here it spares the policy's work.
  private static void requireNext(LedgerView view, LeaseState lease, long sequence) {
    if (lease.end() != null || view.dueEnd(lease.id()).isPresent()) {
      throw new Problem(
          ProblemCode.LEASE_ENDED, "the lease has ended; wipe, acknowledge, and ask for a grant");
    }
    if (sequence != lease.sequence() + 1) {
      throw new Problem(
          ProblemCode.LEASE_SEQUENCE_MISMATCH,
          "the next renewal of this lease is number " + (lease.sequence() + 1));
    }
  }

  private static AccessRequest question(
      LeaseState lease, Renewal renewal, @Nullable ClusterView cluster, Instant now) {
    return new AccessRequest(
        Action.DECRYPT,
        renewal.identity(),
        lease.target().model(),
        lease.target().version(),
        new AccessRequest.Workload(
            lease.mode(),
            lease.onExpiry(),
            lease.wantedLeaseSeconds(),
            lease.holder().podUid(),
            lease.evidenceTypes(),
            lease.evidenceClaims(),
            Instant.ofEpochMilli(lease.grantedAt()),
            cluster),
        renewal.peerAddress(),
        now);
  }

  private static LogEvent.LeaseRenewed renewed(
      LeaseState lease, long sequence, Decision.Allowed allowed, Instant now) {
    return new LogEvent.LeaseRenewed(
        now.toEpochMilli(),
        lease.id(),
        sequence,
        allowed.terms().graceSeconds(),
        now.getEpochSecond() + allowed.terms().leaseSeconds(),
        allowed.policyDigest());
  }

  private Lease.Renewed statement(
      LeaseState lease, LogEvent.LeaseRenewed event, LeaseTerms terms, Instant now) {
    Lease.Statement statement =
        new Lease.Statement(
            Lease.Statement.FORMAT,
            origin,
            lease.id(),
            lease.holder().jkt(),
            event.sequence(),
            now.getEpochSecond(),
            event.expiresAt(),
            terms.leaseSeconds(),
            terms.renewAfterSeconds(),
            terms.graceSeconds());
    return new Lease.Renewed(
        key.sign(MessageType.LEASE_STATEMENT, CanonicalJson.writeRecord(statement)));
  }

  /**
   * Records that the holder wiped our copy. A lease that lives ends by it. Saying it again changes
   * nothing.
   *
   * @throws Problem {@link ProblemCode#LEASE_UNKNOWN}; {@link ProblemCode#PROOF_INVALID} for
   *     another proof key; what the ledger threw
   */
  public void wiped(LeaseId id, String jkt, Lease.Wiped wiped) {
    LeaseState lease = requireHeld(id, jkt);
    if (lease.wiped()) {
      return;
    }
    if (lease.end() == null) {
      ignoringEnded(() -> ledger.commit(view -> givenBack(view, id, wiped.cause())));
    }
    LogEvent.LeaseWiped event =
        new LogEvent.LeaseWiped(
            clock.millis(),
            id,
            wiped.cause(),
            wiped.files(),
            wiped.bytes(),
            wiped.consumer(),
            wiped.copiesPossible());
    ignoringEnded(() -> ledger.commit(view -> event));
  }

  // The cause that the log has wins over the one that the holder names.
  private LogEvent.LeaseEnded givenBack(LedgerView view, LeaseId id, Lease.EndCause stated) {
    LedgerView.DueEnd end =
        view.dueEnd(id)
            .orElse(
                new LedgerView.DueEnd(
                    stated == Lease.EndCause.EXPIRED
                        ? Lease.EndCause.EXPIRED
                        : Lease.EndCause.RELEASED,
                    null));
    return new LogEvent.LeaseEnded(clock.millis(), id, end.cause(), end.revocation());
  }

  private static void ignoringEnded(Runnable commit) {
    try {
      commit.run();
    } catch (Problem e) {
      if (e.code() != ProblemCode.LEASE_ENDED) {
        throw e;
      }
    }
  }
}
