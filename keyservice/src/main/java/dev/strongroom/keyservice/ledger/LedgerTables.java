package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.IdentityProof;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.TcbFloor;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.LedgerView.End;
import dev.strongroom.keyservice.ledger.LedgerView.Holder;
import dev.strongroom.keyservice.ledger.LedgerView.Kek;
import dev.strongroom.keyservice.ledger.LedgerView.KekErasure;
import dev.strongroom.keyservice.ledger.LedgerView.KeyErasure;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import dev.strongroom.keyservice.store.Transactions;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** The tables that follow the log: written in batches, read at start. */
final class LedgerTables {
  /** The columns of a lease that {@link #lease} reads. */
  static final String LEASE_COLUMNS =
      """
      l.id, l.idx, l.at, l.model, l.version, l.manifest_digest, l.data_key_id, l.subject, \
      l.pod_uid, l.jkt, l.mode, l.on_expiry, l.evidence_types, l.evidence_claims, l.pod, l.identities, \
      l.wanted_lease_seconds, l.sequence, l.grace_seconds, l.expires_at, l.ended, l.ended_at, l.ended_idx, l.ended_by, \
      l.wipe\
      """;

  private final Jdbi jdbi;
  private final LedgerLimits limits;

  LedgerTables(Jdbi jdbi, LedgerLimits limits) {
    this.jdbi = jdbi;
    this.limits = limits;
  }

  /** How far the tables have come; empty where nothing was ever written. */
  Optional<Progress> progress() {
    return jdbi.withHandle(handle ->
        handle
            .createQuery("SELECT * FROM projection")
            .map((row, context) ->
                new Progress(
                    row.getString("origin"),
                    row.getLong("next_index"),
                    optional(row, "last_leaf", Sha256Digest::new),
                    row.getLong("clock"),
                    row.getLong("nonce_epoch"),
                    new AppliedPolicy(
                        optional(row, "policy_digest", Sha256Digest::new),
                        row.getLong("policy_version"),
                        optional(row, "policy_statement", Sha256Digest::new))))
            .findOne());
  }

  /**
   * Writes one batch in one transaction.
   *
   * @return the progress with it
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}; nothing of the batch is written then
   */
  Progress write(Progress from, List<DurableEntry> batch) {
    try {
      return Transactions.runPatiently(jdbi, handle -> write(handle.getConnection(), from, batch));
    } catch (SQLException | JdbiException e) {
      throw new Problem(
          ProblemCode.STORE_UNAVAILABLE, "the store takes no rows: " + e.getMessage(), e);
    }
  }

  private Progress write(Connection connection, Progress from, List<DurableEntry> batch)
      throws SQLException {
    try (LedgerRows rows = new LedgerRows(connection)) {
      Progress progress = from;
      for (int i = 0; i < batch.size(); i++) {
        DurableEntry entry = batch.get(i);
        rows.apply(entry.index(), entry.event());
        progress = progress.after(entry, i == batch.size() - 1);
      }
      rows.finish(progress, limits.nonceMemory().toSeconds());
      return progress;
    }
  }

  /** Empties the tables, so that they can be made again from the log. */
  void clear() {
    jdbi.useTransaction(handle ->
        List.of("projection", "nonces", "leases", "revocations", "erasures", "kek_erasures")
            .forEach(table -> handle.execute("DELETE FROM " + table)));
  }

  /** The state that the tables hold. */
  LedgerState load(Progress progress) {
    LedgerState state = new LedgerState(limits.nonceMemory(), limits.leaseMemory());
    state.restore(progress.nextIndex(), progress.clock(), progress.nonceEpoch(), progress.policy());
    jdbi.useHandle(handle -> {
      loadNonces(handle, state);
      loadLeases(handle, state, progress.clock());
      loadRevocations(handle, state);
      loadErasures(handle, state);
      loadKekErasures(handle, state);
    });
    return state;
  }

  private static void loadNonces(Handle handle, LedgerState state) {
    handle
        .createQuery("SELECT hash, expires_at FROM nonces")
        .map((row, context) ->
            new Nonce(new Sha256Digest(row.getString(1)), row.getLong("expires_at")))
        .forEach(nonce -> state.restoreNonce(nonce.hash(), nonce.expiresAt()));
  }

  private record Nonce(Sha256Digest hash, long expiresAt) {}

  private void loadLeases(Handle handle, LedgerState state, long clock) {
    Duration memory = limits.leaseMemory();
    handle
        .createQuery(
            "SELECT "
                + LEASE_COLUMNS
                + """
                , EXISTS (SELECT 1 FROM leases n WHERE n.holder = l.holder AND n.model = l.model
                  AND n.version = l.version AND n.idx > l.idx) AS superseded
                FROM leases l WHERE l.ended_at IS NULL OR (l.ended_at >= :since
                  AND (l.wipe = 'not_heard' OR l.ended_at >= :kept)) ORDER BY l.idx\
                """)
        .bind("since", clock - memory.toMillis())
        .bind("kept", oldestKept(handle))
        .map((row, context) -> new Restored(lease(row), row.getBoolean("superseded")))
        .forEach(restored -> state.restoreLease(restored.lease(), restored.isSuperseded()));
  }

  // Before this, at least as many ended later as are kept; the state drops what is left over. Those
  // whose wipe was not heard of are read whenever they ended, as it may be awaited.
  private static long oldestKept(Handle handle) {
    return handle
        .createQuery(
            "SELECT ended_at FROM leases WHERE ended_at IS NOT NULL AND wipe <> 'not_heard'"
                + " ORDER BY ended_at DESC LIMIT 1 OFFSET :most")
        .bind("most", LedgerLimits.MAX_SETTLED)
        .mapTo(Long.class)
        .findOne()
        .orElse(0L);
  }

  private record Restored(LeaseState lease, boolean isSuperseded) {}

  private static void loadRevocations(Handle handle, LedgerState state) {
    handle
        .createQuery("SELECT * FROM revocations WHERE lifted_at IS NULL ORDER BY idx")
        .map((row, context) -> revocation(row))
        .forEach(state::restoreRevocation);
  }

  private static void loadErasures(Handle handle, LedgerState state) {
    handle
        .createQuery("SELECT * FROM erasures ORDER BY idx")
        .map((row, context) ->
            new KeyErasure(
                row.getLong("idx"),
                new LogEvent.DataKeyErased(
                    row.getLong("at"),
                    new ModelName(row.getString("model")),
                    new VersionId(row.getString("version")),
                    new DataKeyId(row.getString("data_key_id")),
                    optional(row, "manifest_digest", Sha256Digest::new),
                    row.getString("backend"),
                    row.getString("kek_id"),
                    row.getString("kek_version"),
                    row.getString("by"))))
        .forEach(state::restoreErasure);
  }

  private static void loadKekErasures(Handle handle, LedgerState state) {
    handle
        .createQuery("SELECT backend, kek_id, kek_version, state, idx FROM kek_erasures")
        .map((row, context) ->
            Map.entry(
                new Kek(
                    row.getString("backend"),
                    row.getString("kek_id"),
                    row.getString("kek_version")),
                new KekErasure(
                    KekErasure.Stage.ofWireName(row.getString("state")), row.getLong("idx"))))
        .forEach(erasure -> state.restoreKekErasure(erasure.getKey(), erasure.getValue()));
  }

  static LeaseState lease(ResultSet row) throws SQLException {
    Lease.EndCause cause = optional(row, "ended", Lease.EndCause::ofWireName);
    End end =
        cause == null
            ? null
            : new End(
                cause,
                row.getLong("ended_at"),
                row.getLong("ended_idx"),
                optional(row, "ended_by", RevocationId::new));
    return new LeaseState(
        new LeaseId(row.getString("id")),
        row.getLong("idx"),
        row.getLong("at"),
        new ModelVersion(
            new ModelName(row.getString("model")), new VersionId(row.getString("version"))),
        new Sha256Digest(row.getString("manifest_digest")),
        new DataKeyId(row.getString("data_key_id")),
        new Holder(row.getString("subject"), row.getString("pod_uid"), row.getString("jkt")),
        DeliveryMode.ofWireName(row.getString("mode")),
        ExpiryMode.ofWireName(row.getString("on_expiry")),
        words(row.getString("evidence_types")),
        claims(row.getString("evidence_claims")),
        optional(row, "pod", LedgerTables::pod),
        optional(row, "identities", LedgerTables::identities),
        row.getObject("wanted_lease_seconds") == null ? null : row.getLong("wanted_lease_seconds"),
        row.getLong("sequence"),
        row.getLong("grace_seconds"),
        row.getLong("expires_at"),
        end,
        Wipe.valueOf(row.getString("wipe").toUpperCase(Locale.ROOT)));
  }

  private static EvidenceClaims claims(@Nullable String json) {
    return json == null
        ? EvidenceClaims.NONE
        : CanonicalJson.parseCanonical(
            json.getBytes(StandardCharsets.UTF_8), EvidenceClaims.class, EventCodec.MAX_BYTES);
  }

  private static IdentityProof identities(String json) {
    return CanonicalJson.parseCanonical(
        json.getBytes(StandardCharsets.UTF_8), IdentityProof.class, EventCodec.MAX_BYTES);
  }

  private static PodPosture pod(String json) {
    return CanonicalJson.parseCanonical(
        json.getBytes(StandardCharsets.UTF_8), PodPosture.class, EventCodec.MAX_BYTES);
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  static Revocation revocation(ResultSet row) throws SQLException {
    RevocationSelector selector =
        new RevocationSelector(
            optional(row, "lease", LeaseId::new),
            row.getString("subject"),
            row.getString("pod_uid"),
            row.getString("jkt"),
            optional(row, "model", ModelName::new),
            optional(row, "version", VersionId::new),
            row.getString("chip"),
            row.getString("measurement"),
            optional(row, "tcb_below", TcbFloor::parse),
            row.getString("evidence"),
            row.getString("image"),
            row.getString("node"));
    return new Revocation(
        new RevocationId(row.getString("id")),
        selector,
        row.getString("reason"),
        row.getString("by"),
        row.getLong("at"));
  }

  private static <T> @Nullable T optional(
      ResultSet row, String column, Function<String, T> constructor) throws SQLException {
    String value = row.getString(column);
    return value == null ? null : constructor.apply(value);
  }
}
