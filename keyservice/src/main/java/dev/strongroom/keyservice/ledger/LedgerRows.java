package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.keyservice.ledger.LedgerView.Kek;
import dev.strongroom.keyservice.ledger.LedgerView.KekErasure;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns events into rows, within one transaction. Statements are prepared once and run in the order
 * of the log; SQLite runs in this process, so that there is nothing to gain from batches.
 */
final class LedgerRows implements AutoCloseable {
  private static final String PUT_NONCE =
      "INSERT INTO nonces (hash, expires_at, idx) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
  private static final String PUT_LEASE =
      """
      INSERT INTO leases (id, idx, at, model, version, manifest_digest, data_key_id, subject,
        pod_uid, jkt, holder, grant_hash, sealed_key_hash, policy_digest, evidence_digest, mode,
        on_expiry, evidence_types, evidence_claims, pod, identities, wanted_lease_seconds, sequence, grace_seconds,
        expires_at, wipe)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
      """;
  private static final String RENEW_LEASE =
      "UPDATE leases SET sequence = ?, grace_seconds = ?, expires_at = ? WHERE id = ?";
  private static final String END_LEASE =
      "UPDATE leases SET ended = ?, ended_at = ?, ended_idx = ?, ended_by = ? WHERE id = ?";
  private static final String SET_WIPE = "UPDATE leases SET wipe = ? WHERE id = ?";
  private static final String PUT_REVOCATION =
      """
      INSERT INTO revocations (id, idx, at, lease, subject, pod_uid, jkt, model, version, chip,
        measurement, tcb_below, evidence, image, node, reason, by)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
      """;
  private static final String LIFT_REVOCATION =
      "UPDATE revocations SET lifted_at = ?, lifted_by = ? WHERE id = ?";
  private static final String PUT_ERASURE =
      """
      INSERT INTO erasures (data_key_id, idx, at, model, version, manifest_digest, backend, kek_id,
        kek_version, by)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
      """;
  private static final String PUT_KEK_ERASURE =
      """
      INSERT INTO kek_erasures (backend, kek_id, kek_version, state, idx) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (backend, kek_id, kek_version) DO UPDATE SET state = excluded.state,
        idx = excluded.idx\
      """;
  private static final String FORGET_NONCES = "DELETE FROM nonces WHERE expires_at < ?";
  private static final String PUT_PROGRESS =
      """
      INSERT INTO projection (one, origin, next_index, last_leaf, clock, nonce_epoch, policy_digest,
        policy_version, policy_statement)
      VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (one) DO UPDATE SET next_index = excluded.next_index,
        last_leaf = excluded.last_leaf, clock = excluded.clock,
        nonce_epoch = excluded.nonce_epoch, policy_digest = excluded.policy_digest,
        policy_version = excluded.policy_version, policy_statement = excluded.policy_statement\
      """;

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  LedgerRows(Connection connection) {
    this.connection = connection;
  }

  void apply(long index, LogEvent event) throws SQLException {
    switch (event) {
      case LogEvent.GrantIssued issued -> {
        run(PUT_NONCE, issued.nonceHash(), issued.nonceExpiresAt(), index);
        grant(LedgerState.leaseOf(index, issued), issued);
      }
      case LogEvent.DraftKeyReleased released ->
          run(PUT_NONCE, released.nonceHash(), released.nonceExpiresAt(), index);
      case LogEvent.RequestDenied denied -> {
        if (denied.nonceHash() != null) {
          run(PUT_NONCE, denied.nonceHash(), denied.nonceExpiresAt(), index);
        }
      }
      case LogEvent.LeaseRenewed renewed ->
          run(
              RENEW_LEASE,
              renewed.sequence(),
              renewed.graceSeconds(),
              renewed.expiresAt(),
              renewed.lease());
      case LogEvent.LeaseEnded ended ->
          run(
              END_LEASE,
              ended.cause().wireName(),
              ended.at(),
              index,
              ended.revocation(),
              ended.lease());
      case LogEvent.LeaseWiped wiped -> run(SET_WIPE, Wipe.CONFIRMED.wireName(), wiped.lease());
      case LogEvent.WipeUnconfirmed unconfirmed ->
          run(SET_WIPE, Wipe.UNCONFIRMED.wireName(), unconfirmed.lease());
      case LogEvent.RevocationAdded added -> revoke(index, added);
      case LogEvent.RevocationLifted lifted ->
          run(LIFT_REVOCATION, lifted.at(), lifted.by(), lifted.revocation());
      case LogEvent.KekRotateBegun begun -> {}
      case LogEvent.KekRotated rotated -> {}
      case LogEvent.DataKeysRewrapped rewrapped -> {}
      case LogEvent.DataKeysMigrated migrated -> {}
      case LogEvent.DataKeyErased erased -> erase(index, erased);
      case LogEvent.KekEraseBegun begun -> erase(index, Kek.of(begun), KekErasure.Stage.BEGUN);
      case LogEvent.KekErased erased -> erase(index, Kek.of(erased), KekErasure.Stage.DONE);
      case LogEvent.ServiceStarted started -> {}
      case LogEvent.PolicyApplied applied -> {}
      case LogEvent.DraftAbandoned abandoned -> {}
      case LogEvent.VersionPublished published -> {}
      case LogEvent.DenialsSummarised summarised -> {}
    }
  }

  private void grant(LeaseState lease, LogEvent.GrantIssued issued) throws SQLException {
    run(
        PUT_LEASE,
        lease.id(),
        lease.index(),
        lease.grantedAt(),
        issued.model(),
        issued.version(),
        lease.manifestDigest(),
        lease.dataKeyId(),
        lease.holder().subject(),
        lease.holder().podUid(),
        lease.holder().jkt(),
        lease.holder().key(),
        issued.grantHash(),
        issued.sealedKeyHash(),
        issued.policyDigest(),
        issued.evidenceDigest(),
        lease.mode().wireName(),
        lease.onExpiry().wireName(),
        String.join(" ", lease.evidenceTypes()),
        json(issued.evidenceClaims()),
        json(issued.pod()),
        json(issued.identities()),
        lease.wantedLeaseSeconds(),
        lease.sequence(),
        lease.graceSeconds(),
        lease.expiresAt(),
        lease.wipe().wireName());
  }

  private static @Nullable String json(@Nullable Record record) {
    return record == null
        ? null
        : new String(CanonicalJson.writeRecord(record), StandardCharsets.UTF_8);
  }

  private void erase(long index, LogEvent.DataKeyErased erased) throws SQLException {
    run(
        PUT_ERASURE,
        erased.dataKeyId(),
        index,
        erased.at(),
        erased.model(),
        erased.version(),
        erased.manifestDigest(),
        erased.backend(),
        erased.kek(),
        erased.kekVersion(),
        erased.by());
  }

  private void erase(long index, Kek kek, KekErasure.Stage stage) throws SQLException {
    run(PUT_KEK_ERASURE, kek.backend(), kek.kek(), kek.version(), stage.wireName(), index);
  }

  private void revoke(long index, LogEvent.RevocationAdded added) throws SQLException {
    RevocationSelector selector = added.selector();
    run(
        PUT_REVOCATION,
        added.revocation(),
        index,
        added.at(),
        selector.lease(),
        selector.subject(),
        selector.podUid(),
        selector.jkt(),
        selector.model(),
        selector.version(),
        selector.chip(),
        selector.measurement(),
        selector.tcbBelow(),
        selector.evidence(),
        selector.image(),
        selector.node(),
        added.reason(),
        added.by());
  }

  /** Ends a batch: old nonces go, and the tables say how far they have come. */
  void finish(Progress progress, long nonceMemorySeconds) throws SQLException {
    run(FORGET_NONCES, progress.clock() / 1_000 - nonceMemorySeconds);
    run(
        PUT_PROGRESS,
        progress.origin(),
        progress.nextIndex(),
        progress.lastLeaf(),
        progress.clock(),
        progress.nonceEpoch(),
        progress.policy().digest(),
        progress.policy().version(),
        progress.policy().statement());
  }

  private void run(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    for (int i = 0; i < values.length; i++) {
      bind(statement, i + 1, values[i]);
    }
    statement.executeUpdate();
  }

  private static void bind(PreparedStatement statement, int at, @Nullable Object value)
      throws SQLException {
    if (value instanceof Long number) {
      statement.setLong(at, number);
    } else if (value instanceof Sha256Digest digest) {
      statement.setString(at, digest.hex());
    } else {
      // Names and identifiers write themselves as their value.
      statement.setString(at, value == null ? null : Objects.toString(value));
    }
  }

  @Override
  public void close() throws SQLException {
    for (PreparedStatement statement : statements.values()) {
      statement.close();
    }
  }
}
