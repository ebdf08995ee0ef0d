package dev.strongroom.keyservice.approval;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.keyservice.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** Approved policies in the table {@code policies}, each whole. Believed only when verified. */
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

  /** One version. */
  public Optional<Stored> find(long version) {
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

  private static Stored stored(ResultSet row) throws SQLException {
    return new Stored(
        row.getLong("version"),
        new Sha256Digest(row.getString("statement")),
        DsseEnvelope.parse(row.getBytes("envelope"), PolicyStatement.MAX_BYTES),
        row.getLong("at"),
        row.getString("by"));
  }
}
