package dev.strongroom.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the log. A leaf is the canonical JSON (RFC 8785) of {@code {"format":
 * "strongroom-event/v1", "event": NAME, "at": MILLIS, ...}}.
 *
 * <p>{@code at} is milliseconds since the epoch by the clock of the service. Subjects are written
 * as policy saw them: {@code issuer|subject}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LogEvent.ServiceStarted.class, name = "service.started"),
  @JsonSubTypes.Type(value = LogEvent.PolicyApplied.class, name = "policy.applied"),
  @JsonSubTypes.Type(value = LogEvent.DraftKeyReleased.class, name = "draft.key-released"),
  @JsonSubTypes.Type(value = LogEvent.DraftAbandoned.class, name = "draft.abandoned"),
  @JsonSubTypes.Type(value = LogEvent.VersionPublished.class, name = "version.published"),
  @JsonSubTypes.Type(value = LogEvent.GrantIssued.class, name = "grant.issued"),
  @JsonSubTypes.Type(value = LogEvent.RequestDenied.class, name = "request.denied"),
  @JsonSubTypes.Type(value = LogEvent.DenialsSummarised.class, name = "denials.summarised"),
  @JsonSubTypes.Type(value = LogEvent.LeaseRenewed.class, name = "lease.renewed"),
  @JsonSubTypes.Type(value = LogEvent.LeaseEnded.class, name = "lease.ended"),
  @JsonSubTypes.Type(value = LogEvent.LeaseWiped.class, name = "lease.wiped"),
  @JsonSubTypes.Type(value = LogEvent.WipeUnconfirmed.class, name = "lease.wipe-unconfirmed"),
  @JsonSubTypes.Type(value = LogEvent.RevocationAdded.class, name = "revocation.added"),
  @JsonSubTypes.Type(value = LogEvent.RevocationLifted.class, name = "revocation.lifted"),
  @JsonSubTypes.Type(value = LogEvent.KekRotateBegun.class, name = "kek.rotate-begun"),
  @JsonSubTypes.Type(value = LogEvent.KekRotated.class, name = "kek.rotated"),
  @JsonSubTypes.Type(value = LogEvent.DataKeysRewrapped.class, name = "data-keys.rewrapped"),
  @JsonSubTypes.Type(value = LogEvent.DataKeysMigrated.class, name = "data-keys.migrated"),
  @JsonSubTypes.Type(value = LogEvent.DataKeyErased.class, name = "data-key.erased"),
  @JsonSubTypes.Type(value = LogEvent.KekEraseBegun.class, name = "kek.erase-begun"),
  @JsonSubTypes.Type(value = LogEvent.KekErased.class, name = "kek.erased")
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface LogEvent {
  /** Milliseconds since the epoch. */
  long at();

  /**
   * The service began to serve.
   *
   * @param nonceEpoch nonces of other epochs are void
   * @param grantKeys ids of the keys that sign grants from here on
   * @param logKeys verifier keys of the log from here on
   */
  record ServiceStarted(
      long at, String origin, long nonceEpoch, List<String> grantKeys, List<String> logKeys)
      implements LogEvent {}

  /**
   * A policy took effect; every decision after this entry is made under it.
   *
   * @param version counted from 1; null where a file rules, as are the members after it
   * @param statement SHA-256 over what the approvers signed
   * @param approvers by name, those whose signatures counted
   * @param by {@code issuer|subject} of who applied it; null where a start put it in force again
   */
  record PolicyApplied(
      long at,
      Sha256Digest policyDigest,
      @Nullable Long version,
      @Nullable Sha256Digest statement,
      @Nullable List<String> approvers,
      @Nullable String by)
      implements LogEvent {
    public PolicyApplied {
      approvers = approvers == null ? null : List.copyOf(approvers);
    }

    /** A policy out of a file. */
    public static PolicyApplied ofFile(long at, Sha256Digest policyDigest) {
      return new PolicyApplied(at, policyDigest, null, null, null, null);
    }
  }

  /** The data key of a draft was sealed to a publisher: at its opening, and at each resumption. */
  record DraftKeyReleased(
      long at,
      DraftId draft,
      long fence,
      ModelName model,
      VersionId version,
      DataKeyId dataKeyId,
      String subject,
      String jkt,
      Sha256Digest nonceHash,
      long nonceExpiresAt,
      Sha256Digest draftGrantHash,
      Sha256Digest sealedKeyHash,
      Sha256Digest policyDigest)
      implements LogEvent {}

  record DraftAbandoned(long at, DraftId draft, ModelName model, VersionId version, String subject)
      implements LogEvent {}

  /** A version became available and immutable. */
  record VersionPublished(
      long at,
      DraftId draft,
      ModelName model,
      VersionId version,
      DataKeyId dataKeyId,
      Sha256Digest manifestDigest,
      String publisherKeyId,
      String subject,
      long files,
      long bytes,
      @Nullable Sha256Digest omsRootDigest)
      implements LogEvent {}

  /**
   * A data key may have been released to a workload.
   *
   * @param tokenId SHA-256 over the token's {@code jti}; null where it has none
   * @param evidenceDigest null for an unattested grant
   * @param evidenceTypes those that were verified, in the order of the request; empty for an
   *     unattested grant. Renewals are decided with them
   * @param wantedLeaseSeconds the lease that was asked for; null for the policy's. Renewals ask for
   *     it again
   * @param grantHash SHA-256 over the text of the signed grant
   * @param graceSeconds how long past the lease weights may stay while the service is unreachable
   * @param expiresAt end of the lease, seconds since the epoch
   * @param dataKeySource whether the key backend was called for this grant; null in entries that
   *     are older than this member, for which it always was
   * @param evidenceClaims what the evidence says, by type; null for an unattested grant. Renewals
   *     are decided with them
   * @param pod what the pod looked like; null where no cluster was asked about one, and in entries
   *     that are older than this member
   * @param identities what proved who asked; null in entries that are older than this member, for
   *     which it was the token of an OIDC issuer
   */
  record GrantIssued(
      long at,
      LeaseId lease,
      ModelName model,
      VersionId version,
      Sha256Digest manifestDigest,
      DataKeyId dataKeyId,
      String subject,
      @Nullable Sha256Digest tokenId,
      @Nullable String podUid,
      String jkt,
      Sha256Digest nonceHash,
      long nonceExpiresAt,
      Sha256Digest grantHash,
      Sha256Digest sealedKeyHash,
      Sha256Digest policyDigest,
      boolean attested,
      @Nullable Sha256Digest evidenceDigest,
      List<String> evidenceTypes,
      DeliveryMode mode,
      ExpiryMode onExpiry,
      @Nullable Long wantedLeaseSeconds,
      long leaseSeconds,
      long graceSeconds,
      long expiresAt,
      @Nullable DataKeySource dataKeySource,
      @Nullable EvidenceClaims evidenceClaims,
      @Nullable PodPosture pod,
      @Nullable IdentityProof identities)
      implements LogEvent {}

  /**
   * An authenticated caller was refused.
   *
   * @param action decrypt, publish, renew, revoke or audit
   * @param code the stable code of the refusal
   * @param nonceHash the nonce that the request used up; null for requests without one
   */
  record RequestDenied(
      long at,
      ExplanationId explanation,
      String action,
      String code,
      @Nullable ModelName model,
      @Nullable VersionId version,
      String subject,
      @Nullable String jkt,
      @Nullable Sha256Digest nonceHash,
      @Nullable Long nonceExpiresAt,
      Sha256Digest policyDigest)
      implements LogEvent {}

  /**
   * Refusals of callers who were not authenticated, counted, so that strangers cannot fill the log.
   *
   * @param since milliseconds since the epoch
   * @param counts by code
   */
  record DenialsSummarised(long at, long since, Map<String, Long> counts) implements LogEvent {}

  /**
   * @param graceSeconds how long past the lease weights may stay while the service is unreachable
   * @param expiresAt seconds since the epoch
   */
  record LeaseRenewed(
      long at,
      LeaseId lease,
      long sequence,
      long graceSeconds,
      long expiresAt,
      Sha256Digest policyDigest)
      implements LogEvent {}

  record LeaseEnded(long at, LeaseId lease, Lease.EndCause cause, @Nullable RevocationId revocation)
      implements LogEvent {}

  /** The holder says that our copy of the plaintext is gone, and how far that goes. */
  record LeaseWiped(
      long at,
      LeaseId lease,
      Lease.EndCause cause,
      long files,
      long bytes,
      Lease.ConsumerEnd consumer,
      boolean copiesPossible)
      implements LogEvent {}

  /** A lease ended and no acknowledgement of a wipe came in time. */
  record WipeUnconfirmed(long at, LeaseId lease) implements LogEvent {}

  /** A standing deny began; the leases that it ended follow as entries of their own. */
  record RevocationAdded(
      long at, RevocationId revocation, RevocationSelector selector, String reason, String by)
      implements LogEvent {}

  record RevocationLifted(long at, RevocationId revocation, String by) implements LogEvent {}

  /**
   * The KEK is about to get a new version: it may have one from here on, whatever follows.
   *
   * @param kek as its backend names it
   */
  record KekRotateBegun(long at, String backend, String kek, String by) implements LogEvent {}

  /**
   * The KEK got a new version. Older ones still unwrap.
   *
   * @param kek as its backend names it
   * @param kekVersion the new one; empty where the backend keeps its versions to itself, or has not
   *     put it to use yet
   */
  record KekRotated(long at, String backend, String kek, String kekVersion, String by)
      implements LogEvent {}

  /**
   * Data keys were wrapped anew, each verified; the ciphertext of weights is as it was.
   *
   * @param kekVersion that they are under; empty where the backend keeps its versions to itself
   * @param dataKeys at most 100
   */
  record DataKeysRewrapped(
      long at, String backend, String kek, String kekVersion, List<DataKeyId> dataKeys, String by)
      implements LogEvent {
    public DataKeysRewrapped {
      dataKeys = List.copyOf(dataKeys);
    }
  }

  /**
   * Data keys were moved from a former KEK to the one in use, each verified; the ciphertext of
   * weights is as it was.
   *
   * @param fromBackend the kind of backend of the former KEK
   * @param fromKek the former KEK, as its backend names it
   * @param kekVersion that they are under; empty where the backend keeps its versions to itself
   * @param dataKeys at most 100
   */
  record DataKeysMigrated(
      long at,
      String fromBackend,
      String fromKek,
      String backend,
      String kek,
      String kekVersion,
      List<DataKeyId> dataKeys,
      String by)
      implements LogEvent {
    public DataKeysMigrated {
      dataKeys = List.copyOf(dataKeys);
    }
  }

  /**
   * Every wrapping of a data key in the store is deleted from here on; a replay of this entry
   * completes it. Backups, replicas and what was delivered are not reached by it.
   *
   * @param manifestDigest of the published version; null where it was a draft
   * @param backend of the KEK that it was under
   * @param kek as its backend names it
   * @param kekVersion empty where the backend keeps its versions to itself
   */
  record DataKeyErased(
      long at,
      ModelName model,
      VersionId version,
      DataKeyId dataKeyId,
      @Nullable Sha256Digest manifestDigest,
      String backend,
      String kek,
      String kekVersion,
      String by)
      implements LogEvent {}

  /**
   * A KEK, or a version of it, is about to be destroyed: it may be gone from here on, and is for
   * certain when {@link KekErased} follows. No data key of the store was under it.
   *
   * @param kek as its backend names it
   * @param kekVersion null for all of it
   */
  record KekEraseBegun(long at, String backend, String kek, @Nullable String kekVersion, String by)
      implements LogEvent {}

  /**
   * A KEK, or versions of it, was destroyed in its backend, as far as the backend does that at
   * once, and was seen gone after it. No data key of the store was under it.
   *
   * @param kek as its backend names it
   * @param kekVersion null for all of it
   * @param remains what the backend keeps, and until when; empty where it keeps nothing
   */
  record KekErased(
      long at, String backend, String kek, @Nullable String kekVersion, String remains, String by)
      implements LogEvent {}
}
