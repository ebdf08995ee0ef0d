package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the log says so far. */
public interface LedgerView {
  /** Whether this nonce has been used up. */
  boolean nonceUsed(Sha256Digest nonceHash);

  /** The epoch that live nonces must carry. */
  long nonceEpoch();

  /** The policy that is in force. */
  Optional<Sha256Digest> policyDigest();

  Optional<LeaseState> lease(LeaseId id);

  /** Leases that have not ended. */
  List<LeaseState> liveLeases();

  /** The live lease of this holder (pod uid, or proof key where there is no pod) and version. */
  Optional<LeaseState> liveLeaseOf(Holder holder, ModelVersion target);

  /** A standing revocation that meets this holder and version. */
  Optional<Revocation> revocationOf(Holder holder, ModelVersion target);

  List<Revocation> revocations();

  /**
   * Who holds or wants a lease.
   *
   * @param subject {@code issuer|subject}
   * @param podUid null outside Kubernetes
   * @param jkt thumbprint of the proof key
   */
  record Holder(String subject, @Nullable String podUid, String jkt) {}

  /**
   * A lease as the log has it.
   *
   * @param sequence of the last renewal, 0 before the first
   * @param expiresAt seconds since the epoch
   * @param ended why it ended; null while it lives
   * @param wiped whether the wipe was acknowledged
   */
  record LeaseState(
      LeaseId id,
      ModelVersion target,
      Sha256Digest manifestDigest,
      DataKeyId dataKeyId,
      Holder holder,
      DeliveryMode mode,
      ExpiryMode onExpiry,
      long sequence,
      long expiresAt,
      Lease.@Nullable EndCause ended,
      boolean wiped) {}

  /** A standing deny. */
  record Revocation(
      RevocationId id, RevocationSelector selector, String reason, String by, long at) {}
}
