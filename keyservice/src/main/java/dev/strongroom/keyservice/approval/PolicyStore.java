package dev.strongroom.keyservice.approval;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Approved policies in the table {@code policies}, each whole. A row whose text is not the
 * statement that it names is refused; whether it was in force, who reads it verifies.
 */
public final class PolicyStore {
  private static final String COLUMNS = "SELECT version, statement, envelope, at, by FROM policies";

  private final Jdbi jdbi;

  /**
   * @param jdbi a database that has migration V8
   */
  public PolicyStore(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /**
   * One policy as it was applied.
   *
   * @param statement SHA-256 over what was signed
   * @param at milliseconds since the epoch
   * @param by {@code issuer|subject}
   */
  public record Stored(
      long version, Sha256Digest statement, DsseEnvelope envelope, long at, String by) {}

  /** Keeps one, in the place of another of this version. */
  void put(Stored policy) {
    int _ =
        Transactions.run(
            jdbi,
            handle ->
                handle.execute(
                    "INSERT OR REPLACE INTO policies (version, statement, envelope, at, by)"
                        + " VALUES (?, ?, ?, ?, ?)",
                    policy.version(),
                    policy.statement().hex(),
                    policy.envelope().toJson(),
                    policy.at(),
                    policy.by()));
  }

  void remove(long version) {
    int _ =
        Transactions.run(
            jdbi, handle -> handle.execute("DELETE FROM policies WHERE version = ?", version));
  }

  Optional<Stored> newest() {
    return jdbi.withHandle(handle ->
        handle
            .createQuery(COLUMNS + " ORDER BY version DESC LIMIT 1")
            .map((row, context) -> stored(row))
            .findOne());
  }

  /** One version, whether or not it was in force. */
  Optional<Stored> find(long version) {
    return jdbi.withHandle(handle ->
        handle
            .createQuery(COLUMNS + " WHERE version = ?")
            .bind(0, version)
            .map((row, context) -> stored(row))
            .findOne());
  }

  /** The newest ones, the newest first. */
  public List<Stored> list(int limit) {
    return jdbi.withHandle(handle ->
        handle
            .createQuery(COLUMNS + " ORDER BY version DESC LIMIT ?")
            .bind(0, limit)
            .map((row, context) -> stored(row))
            .list());
  }

  /**
   * A policy that was in force. Only what is in force has approvals that were verified, and each
   * statement names the one before it: an older row is believed where that chain leads to it,
   * whoever the approvers are by now.
   *
   * @param head the version in force
   * @param statement digest of what was signed of it
   * @throws Problem {@link ProblemCode#STORE_MISMATCH} where a row is another than was in force
   */
  public Optional<Stored> find(long version, long head, @Nullable Sha256Digest statement) {
    if (version < 1 || version > head) {
      return Optional.empty();
    }
    Sha256Digest wanted = statement;
    for (long at = head; at > version; at--) {
      wanted = PolicyStatement.parse(link(at, wanted).envelope().payload()).predecessor();
    }
    return Optional.of(link(version, wanted));
  }

  private Stored link(long version, @Nullable Sha256Digest statement) {
    Stored stored =
        find(version).orElseThrow(() -> mismatch(version, "is not there, and was in force"));
    if (!stored.statement().equals(statement)) {
      throw mismatch(version, "is not the one that was in force");
    }
    return stored;
  }

  private static Stored stored(ResultSet row) throws SQLException {
    Stored stored =
        new Stored(
            row.getLong("version"),
            new Sha256Digest(row.getString("statement")),
            DsseEnvelope.parse(row.getBytes("envelope"), PolicyStatement.MAX_BYTES),
            row.getLong("at"),
            row.getString("by"));
    byte[] signed = stored.envelope().payload();
    if (!Sha256Digest.of(signed).equals(stored.statement())
        || PolicyStatement.parse(signed).version() != stored.version()) {
      throw mismatch(stored.version(), "holds another statement than its row says");
    }
    return stored;
  }

  private static Problem mismatch(long version, String what) {
    return new Problem(
        ProblemCode.STORE_MISMATCH,
        "version "
            + version
            + " of the policy in the store "
            + what
            + ": sign nothing of it, and restore the store from a backup");
  }
}
