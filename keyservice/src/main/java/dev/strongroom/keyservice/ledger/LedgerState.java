package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What the log says so far, in memory. A pure function of the log: no clock but the times in the
 * events, so that replaying gives the same state. Not thread-safe.
 */
final class LedgerState implements LedgerView {
  private static final long MILLIS = 1_000;

  private final long nonceMemorySeconds;
  private final long leaseMemoryMillis;
  private final UsedNonces nonces = new UsedNonces();
  private final LeaseBook leases;
  private final RevocationBook revocations = new RevocationBook();
  private final Map<ModelVersion, KeyErasure> erased = new LinkedHashMap<>();
  private final Map<Kek, KekErasure> kekErasures = new LinkedHashMap<>();
  private long nextIndex;
  private long clock;
  private long nonceEpoch;
  private AppliedPolicy policy = AppliedPolicy.NONE;

  LedgerState(Duration nonceMemory, Duration leaseMemory) {
    this(nonceMemory, leaseMemory, LedgerLimits.MAX_SETTLED);
  }

  LedgerState(Duration nonceMemory, Duration leaseMemory, int maxSettled) {
    this.leases = new LeaseBook(maxSettled);
    this.nonceMemorySeconds = nonceMemory.toSeconds();
    this.leaseMemoryMillis = leaseMemory.toMillis();
  }

  /** The index of the next entry. */
  long nextIndex() {
    return nextIndex;
  }

  /**
   * Takes over what the tables hold, before anything else.
   *
   * @param next the index of the first entry that is not in them
   * @param time the greatest time of an entry that is
   */
  void restore(long next, long time, long epoch, AppliedPolicy applied) {
    nextIndex = next;
    nonceEpoch = epoch;
    policy = applied;
    advance(time);
  }

  void restoreNonce(Sha256Digest hash, long expiresAt) {
    nonces.add(hash, expiresAt);
  }

  void restoreLease(LeaseState lease, boolean isSuperseded) {
    leases.restore(lease, isSuperseded);
    leases.forgetBefore(clock - leaseMemoryMillis);
  }

  void restoreErasure(KeyErasure erasure) {
    LogEvent.DataKeyErased key = erasure.entry();
    erased.put(new ModelVersion(key.model(), key.version()), erasure);
  }

  void restoreKekErasure(Kek kek, KekErasure erasure) {
    kekErasures.put(kek, erasure);
  }

  void restoreRevocation(Revocation revocation) {
    revocations.add(revocation);
  }

  /** Takes one entry of the log, the next one. */
  void apply(long index, LogEvent event) {
    if (index != nextIndex) {
      throw new IllegalStateException("entry " + index + " came where " + nextIndex + " was due");
    }
    nextIndex = index + 1;
    advance(event.at());
    switch (event) {
      case LogEvent.ServiceStarted started -> nonceEpoch = started.nonceEpoch();
      case LogEvent.PolicyApplied applied -> policy = policy.after(applied);
      case LogEvent.DraftKeyReleased released ->
          nonces.add(released.nonceHash(), released.nonceExpiresAt());
      case LogEvent.DraftAbandoned abandoned -> {}
      case LogEvent.VersionPublished published -> {}
      case LogEvent.GrantIssued issued -> {
        nonces.add(issued.nonceHash(), issued.nonceExpiresAt());
        leases.granted(leaseOf(index, issued));
      }
      case LogEvent.RequestDenied denied -> {
        if (denied.nonceHash() != null && denied.nonceExpiresAt() != null) {
          nonces.add(denied.nonceHash(), denied.nonceExpiresAt());
        }
      }
      case LogEvent.DenialsSummarised summarised -> {}
      case LogEvent.LeaseRenewed renewed -> renew(renewed);
      case LogEvent.LeaseEnded ended -> end(index, ended);
      case LogEvent.LeaseWiped wiped -> wipe(wiped.lease(), Wipe.CONFIRMED);
      case LogEvent.WipeUnconfirmed unconfirmed -> wipe(unconfirmed.lease(), Wipe.UNCONFIRMED);
      case LogEvent.RevocationAdded added ->
          revocations.add(
              new Revocation(
                  added.revocation(), added.selector(), added.reason(), added.by(), added.at()));
      case LogEvent.RevocationLifted lifted -> revocations.lift(lifted.revocation());
      case LogEvent.KekRotateBegun begun -> {}
      case LogEvent.KekRotated rotated -> {}
      case LogEvent.DataKeysRewrapped rewrapped -> {}
      case LogEvent.DataKeysMigrated migrated -> {}
      case LogEvent.DataKeyErased key -> restoreErasure(new KeyErasure(index, key));
      case LogEvent.KekEraseBegun begun ->
          restoreKekErasure(Kek.of(begun), new KekErasure(KekErasure.Stage.BEGUN, index));
      case LogEvent.KekErased gone ->
          restoreKekErasure(Kek.of(gone), new KekErasure(KekErasure.Stage.DONE, index));
    }
  }

  private void advance(long at) {
    if (at > clock) {
      clock = at;
      nonces.forgetBefore(clock / MILLIS - nonceMemorySeconds);
      leases.forgetBefore(clock - leaseMemoryMillis);
    }
  }

  static LeaseState leaseOf(long index, LogEvent.GrantIssued issued) {
    return new LeaseState(
        issued.lease(),
        index,
        issued.at(),
        new ModelVersion(issued.model(), issued.version()),
        issued.manifestDigest(),
        issued.dataKeyId(),
        new Holder(issued.subject(), issued.podUid(), issued.jkt()),
        issued.mode(),
        issued.onExpiry(),
        issued.evidenceTypes(),
        Objects.requireNonNullElse(issued.evidenceClaims(), EvidenceClaims.NONE),
        issued.pod(),
        issued.identities(),
        issued.wantedLeaseSeconds(),
        0,
        issued.graceSeconds(),
        issued.expiresAt(),
        null,
        Wipe.NOT_HEARD);
  }

  private void renew(LogEvent.LeaseRenewed renewed) {
    LeaseState lease = leases.get(renewed.lease());
    if (lease != null) {
      leases.renewed(
          lease.renewed(renewed.sequence(), renewed.graceSeconds(), renewed.expiresAt()));
    }
  }

  private void end(long index, LogEvent.LeaseEnded ended) {
    LeaseState lease = leases.get(ended.lease());
    if (lease != null) {
      End end = new End(ended.cause(), ended.at(), index, ended.revocation());
      leases.ended(lease.with(end, lease.wipe()), end);
    }
  }

  private void wipe(LeaseId id, Wipe wipe) {
    LeaseState lease = leases.get(id);
    if (lease != null) {
      leases.wiped(lease.with(lease.end(), wipe));
    }
  }

  @Override
  public boolean nonceUsed(Sha256Digest nonceHash) {
    return nonces.contains(nonceHash);
  }

  @Override
  public long nonceHorizon() {
    return nonces.horizon();
  }

  @Override
  public long nonceEpoch() {
    return nonceEpoch;
  }

  @Override
  public Optional<Sha256Digest> policyDigest() {
    return Optional.ofNullable(policy.digest());
  }

  @Override
  public AppliedPolicy policy() {
    return policy;
  }

  @Override
  public Optional<LeaseState> lease(LeaseId id) {
    return Optional.ofNullable(leases.get(id));
  }

  @Override
  public List<LeaseState> liveLeases() {
    return leases.live();
  }

  @Override
  public List<LeaseState> awaitingWipe() {
    return leases.awaitingWipe();
  }

  @Override
  public List<LeaseId> supersededLeases() {
    return leases.superseded();
  }

  @Override
  public Optional<LeaseState> liveLeaseOf(Holder holder, ModelVersion target) {
    return leases.newestOf(holder, target);
  }

  @Override
  public Optional<Revocation> revocationOf(Holding asker) {
    return revocations.ofAsker(asker);
  }

  @Override
  public Optional<DueEnd> dueEnd(LeaseId id) {
    LeaseState lease = leases.get(id);
    if (lease == null || lease.end() != null) {
      return Optional.empty();
    }
    Optional<DueEnd> revoked =
        revocations.ofLease(lease.holding()).map(by -> new DueEnd(Lease.EndCause.REVOKED, by.id()));
    return revoked.isPresent() || !leases.isSuperseded(id)
        ? revoked
        : Optional.of(new DueEnd(Lease.EndCause.SUPERSEDED, null));
  }

  @Override
  public Map<ModelVersion, KeyErasure> erasedKeys() {
    return Collections.unmodifiableMap(erased);
  }

  @Override
  public Optional<KekErasure> kekErasure(Kek kek) {
    return Optional.ofNullable(kekErasures.get(kek));
  }

  @Override
  public List<Revocation> revocations() {
    return revocations.list();
  }

  /** How many leases live, without those that are superseded. */
  int heldLeases() {
    return leases.held();
  }

  /** How many of them are of this subject. */
  int heldLeases(String subject) {
    return leases.held(subject);
  }

  /** How many of them are of this subject for this version. */
  int heldLeases(String subject, ModelVersion target) {
    return leases.held(subject, target);
  }

  boolean hasRevocation(RevocationId id) {
    return revocations.contains(id);
  }

  /** Everything that it knows, for comparisons in tests. */
  Set<Object> content() {
    Set<Object> content = leases.content();
    content.addAll(nonces.content());
    content.addAll(revocations.list());
    content.addAll(erased.entrySet());
    content.addAll(kekErasures.entrySet());
    content.add("nonces from " + nonces.horizon());
    content.add("next " + nextIndex + ", clock " + clock + ", epoch " + nonceEpoch);
    content.add("policy " + policy);
    return content;
  }
}
