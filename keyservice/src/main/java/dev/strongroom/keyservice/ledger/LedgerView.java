package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.IdentityProof;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the log says so far. Inside an {@link Ledger.Admission} it stands still; outside, each
 * question is answered from one state, and two questions perhaps from two.
 */
public interface LedgerView {
  /** Whether this nonce has been used up. Nonces past their expiry are forgotten after a while. */
  boolean nonceUsed(Sha256Digest nonceHash);

  /**
   * Nonces that expired before this may have been forgotten: they are refused whatever they are.
   * Seconds since the epoch; it never goes back.
   */
  long nonceHorizon();

  /** The epoch that live nonces must carry. */
  long nonceEpoch();

  /** The policy that is in force. */
  Optional<Sha256Digest> policyDigest();

  /** What the log says of policies. */
  AppliedPolicy policy();

  /** A lease that lives or ended not long ago. */
  Optional<LeaseState> lease(LeaseId id);

  /** Leases that have not ended. */
  List<LeaseState> liveLeases();

  /** Leases that ended, whose wipe was neither acknowledged nor recorded as unconfirmed. */
  List<LeaseState> awaitingWipe();

  /** Live leases whose holder has a newer one; they end as soon as the log says so. */
  List<LeaseId> supersededLeases();

  /** The live lease of this holder ({@link Holder#key()}) and version. */
  Optional<LeaseState> liveLeaseOf(Holder holder, ModelVersion target);

  /** A standing revocation that denies a new grant to who asks. */
  Optional<Revocation> revocationOf(Holding asker);

  /**
   * Why this lease must end now though the log does not say yet that it did: a revocation meets it,
   * or its holder has a newer one. Empty for a lease that ended, and for time, which is not asked.
   */
  Optional<DueEnd> dueEnd(LeaseId id);

  /** The data keys that were erased, by the version that they were of. */
  Map<ModelVersion, KeyErasure> erasedKeys();

  /** How far the last erasure of this KEK, or this version of it, has come; empty for none. */
  Optional<KekErasure> kekErasure(Kek kek);

  /** The standing revocations, oldest first. */
  List<Revocation> revocations();

  /**
   * A KEK, or one version of it.
   *
   * @param kek as its backend names it
   * @param version empty for all of it
   */
  record Kek(String backend, String kek, String version) {
    static Kek of(LogEvent.KekEraseBegun begun) {
      return of(begun.backend(), begun.kek(), begun.kekVersion());
    }

    static Kek of(LogEvent.KekErased erased) {
      return of(erased.backend(), erased.kek(), erased.kekVersion());
    }

    private static Kek of(String backend, String kek, @Nullable String version) {
      return new Kek(backend, kek, version == null ? "" : version);
    }
  }

  /**
   * The erasure of a data key.
   *
   * @param index of its entry; what cannot be taken back waits until that is durable
   */
  record KeyErasure(long index, LogEvent.DataKeyErased entry) {}

  /**
   * The erasure of a KEK.
   *
   * @param index of the entry that says so, perhaps not durable yet
   */
  record KekErasure(Stage stage, long index) {
    /** How far it has come. */
    public enum Stage {
      /** It may be gone. */
      BEGUN,
      /** It was seen gone. */
      DONE;

      String wireName() {
        return name().toLowerCase(Locale.ROOT);
      }

      static Stage ofWireName(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
      }
    }
  }

  /**
   * Who holds or wants a lease.
   *
   * @param subject {@code issuer|subject}
   * @param podUid null outside Kubernetes
   * @param jkt thumbprint of the proof key
   */
  record Holder(String subject, @Nullable String podUid, String jkt) {
    /**
     * What tells one holder from another: the pod of this subject, or the proof key where there is
     * no pod. A pod uid alone would not do: each issuer can name any.
     */
    public String key() {
      return podUid == null ? "jkt:" + jkt : "pod:" + podUid + "|" + subject;
    }

    /** What it asks for, without evidence: a publisher, or who has none. */
    public Holding asking(ModelVersion target) {
      return new Holding(
          null,
          subject,
          null,
          podUid,
          jkt,
          target,
          List.of(),
          EvidenceClaims.NONE,
          Holding.Place.UNKNOWN);
    }
  }

  /**
   * A lease as the log has it.
   *
   * @param index of the grant in the log
   * @param grantedAt milliseconds since the epoch
   * @param onExpiry as the grant says it, which is what was asked for where the policy lets it be
   * @param evidenceTypes those verified for the grant; empty for none
   * @param evidenceClaims what they say
   * @param pod what the pod looked like at the grant; null where no cluster was asked
   * @param identities what proved who asked; null where the log does not say
   * @param wantedLeaseSeconds the lease that was asked for; null for the policy's
   * @param sequence of the last renewal, 0 before the first
   * @param graceSeconds how long past its end weights may stay while the service is unreachable
   * @param expiresAt seconds since the epoch
   * @param end how it ended; null while it lives
   * @param wipe what became of our copy of the plaintext
   */
  record LeaseState(
      LeaseId id,
      long index,
      long grantedAt,
      ModelVersion target,
      Sha256Digest manifestDigest,
      DataKeyId dataKeyId,
      Holder holder,
      DeliveryMode mode,
      ExpiryMode onExpiry,
      List<String> evidenceTypes,
      EvidenceClaims evidenceClaims,
      @Nullable PodPosture pod,
      @Nullable IdentityProof identities,
      @Nullable Long wantedLeaseSeconds,
      long sequence,
      long graceSeconds,
      long expiresAt,
      @Nullable End end,
      Wipe wipe) {
    public LeaseState {
      evidenceTypes = List.copyOf(evidenceTypes);
    }

    /** The SPIFFE ID of the client certificate that it was granted to; null without one. */
    public @Nullable String certificateId() {
      return identities == null ? null : identities.certificateId();
    }

    /** As selectors see it. */
    public Holding holding() {
      return new Holding(
          id,
          holder.subject(),
          certificateId(),
          holder.podUid(),
          holder.jkt(),
          target,
          evidenceTypes,
          evidenceClaims,
          Holding.Place.of(pod));
    }

    /** Why it ended; null while it lives. */
    public Lease.@Nullable EndCause ended() {
      return end == null ? null : end.cause();
    }

    /** Whether the wipe was acknowledged. */
    public boolean wiped() {
      return wipe == Wipe.CONFIRMED;
    }

    /** Whether an acknowledgement of a wipe is to be expected after its end. */
    public boolean expectsWipe() {
      return end == null || end.cause().expectsWipe(mode, onExpiry);
    }

    /** Whether a revocation of this selector ends it. */
    public boolean isMetBy(RevocationSelector selector) {
      return RevocationBook.meetsLease(selector, holding());
    }

    LeaseState renewed(long newSequence, long newGraceSeconds, long newExpiresAt) {
      return new LeaseState(
          id,
          index,
          grantedAt,
          target,
          manifestDigest,
          dataKeyId,
          holder,
          mode,
          onExpiry,
          evidenceTypes,
          evidenceClaims,
          pod,
          identities,
          wantedLeaseSeconds,
          newSequence,
          newGraceSeconds,
          newExpiresAt,
          end,
          wipe);
    }

    LeaseState with(@Nullable End newEnd, Wipe newWipe) {
      return new LeaseState(
          id,
          index,
          grantedAt,
          target,
          manifestDigest,
          dataKeyId,
          holder,
          mode,
          onExpiry,
          evidenceTypes,
          evidenceClaims,
          pod,
          identities,
          wantedLeaseSeconds,
          sequence,
          graceSeconds,
          expiresAt,
          newEnd,
          newWipe);
    }
  }

  /**
   * How a lease ended.
   *
   * @param at milliseconds since the epoch
   * @param index of the entry that says so
   * @param revocation the revocation that ended it, where one did
   */
  record End(Lease.EndCause cause, long at, long index, @Nullable RevocationId revocation) {}

  /** What became of our copy of the plaintext. */
  enum Wipe {
    /** Nothing was heard yet. */
    NOT_HEARD,
    /** The holder acknowledged the wipe. */
    CONFIRMED,
    /** No acknowledgement came in time. */
    UNCONFIRMED;

    /** The spelling in the tables. */
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * An end that is due.
   *
   * @param revocation the revocation that ends it, where one does
   */
  record DueEnd(Lease.EndCause cause, @Nullable RevocationId revocation) {}

  /** A standing deny. */
  record Revocation(
      RevocationId id, RevocationSelector selector, String reason, String by, long at) {}
}
