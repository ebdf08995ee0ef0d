package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Drafts. Each method is one transaction; which transitions a draft may make is a condition in it.
 */
public final class DraftStore {
  private static final String DRAFT =
      "SELECT id, model, version, data_key_id, fence, jkt, subject, state, opened_at FROM drafts ";

  private final CatalogTables tables;

  public DraftStore(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  public Optional<Draft> find(DraftId id) {
    return tables.read(on -> find(on, id));
  }

  /** The draft of this version, in whatever state. */
  public Optional<Draft> find(ModelVersion target) {
    return tables.read(on -> find(on, target));
  }

  /** All drafts, oldest first. */
  public List<Draft> all() {
    return tables.read(
        on -> on.createQuery(DRAFT + "ORDER BY opened_at, id").map((r, c) -> draft(r)).list());
  }

  /**
   * Keeps a new draft and its wrapped key, unless there is one of this version already.
   *
   * @return the draft of this version: the given one, or the one that was there before
   * @throws Problem {@link ProblemCode#VERSION_EXISTS}
   */
  public Draft openOrFind(Draft fresh, WrappedKey wrappedKey) {
    return tables.inTransaction(on -> {
      requireNoVersion(on, fresh.target());
      int added =
          on.createUpdate(
                  "INSERT INTO drafts (id, model, version, data_key_id, last_fence, fence, jkt,"
                      + " subject, state, opened_at) VALUES (:id, :model, :version, :key, 0, 0,"
                      + " '', '', 'open', :at) ON CONFLICT DO NOTHING")
              .bind("id", fresh.id().value())
              .bind("model", fresh.target().model().value())
              .bind("version", fresh.target().version().value())
              .bind("key", fresh.dataKeyId().value())
              .bind("at", fresh.openedAt())
              .execute();
      if (added == 1) {
        putWrappedKey(on, fresh.dataKeyId(), "", wrappedKey);
      }
      return find(on, fresh.target())
          .orElseThrow(() -> new Problem(ProblemCode.INTERNAL, "the draft could not be kept"));
    });
  }

  private static void requireNoVersion(Handle on, ModelVersion target) {
    boolean exists =
        on.createQuery(
                "SELECT 1 FROM versions WHERE model = :model AND version = :version"
                    + " AND visible = 1")
            .bind("model", target.model().value())
            .bind("version", target.version().value())
            .mapTo(Integer.class)
            .findOne()
            .isPresent();
    if (exists) {
      throw new Problem(
          ProblemCode.VERSION_EXISTS,
          "this version is published and never changes; publish another version");
    }
  }

  /**
   * The data key of a draft, wrapped without a manifest digest; empty when the draft is gone.
   *
   * @throws Problem {@link ProblemCode#KEY_UNWRAP_FAILED} when the draft is there and its key not
   */
  public Optional<WrappedKey> wrappedKey(Draft draft) {
    return tables.read(on ->
        on.createQuery(
                "SELECT w.backend, w.kek_id, w.kek_version, w.ciphertext FROM drafts d"
                    + " LEFT JOIN wrapped_keys w ON w.data_key_id = d.data_key_id"
                    + " AND w.manifest_digest = '' WHERE d.id = :id")
            .bind("id", draft.id().value())
            .map((r, c) ->
                wrappedKey(r)
                    .orElseThrow(() ->
                        new Problem(
                            ProblemCode.KEY_UNWRAP_FAILED,
                            "the store holds no wrapped key "
                                + draft.dataKeyId()
                                + "; restore it from a backup")))
            .findOne());
  }

  /**
   * Takes the next fence of an open draft. Nobody is fenced off by that alone: see {@link
   * #admitWriter}.
   *
   * @return the fence; empty when the draft is not open
   */
  public Optional<Long> nextFence(DraftId id) {
    return tables.inTransaction(on ->
        on.createQuery(
                "UPDATE drafts SET last_fence = last_fence + 1 WHERE id = :id AND state = 'open'"
                    + " RETURNING last_fence")
            .bind("id", id.value())
            .mapTo(Long.class)
            .findOne());
  }

  /**
   * Makes the holder of this fence the writer, and fences off those before.
   *
   * @return whether that is so: a later writer may have come first, or the draft be gone
   */
  public boolean admitWriter(DraftId id, long fence, String jkt, String subject) {
    return tables.inTransaction(on ->
        on.createUpdate(
                    "UPDATE drafts SET fence = :fence, jkt = :jkt, subject = :subject"
                        + " WHERE id = :id AND state = 'open' AND fence < :fence")
                .bind("id", id.value())
                .bind("fence", fence)
                .bind("jkt", jkt)
                .bind("subject", subject)
                .execute()
            == 1);
  }

  /**
   * Takes an open draft out of use until the log says whether it was abandoned.
   *
   * @param logFrom the entry cannot stand below this index
   * @return whether it was open
   */
  public boolean beginAbandon(DraftId id, long logFrom) {
    return tables.inTransaction(on ->
        on.createUpdate(
                    "UPDATE drafts SET state = 'abandoning', log_from = :from"
                        + " WHERE id = :id AND state = 'open'")
                .bind("id", id.value())
                .bind("from", logFrom)
                .execute()
            == 1);
  }

  /** The log says that it was abandoned: erases its wrapped key and owes its objects' removal. */
  public void confirmAbandon(DraftId id) {
    tables.inTransaction(on -> {
      Optional<Draft> draft = find(on, id).filter(d -> d.state() == Draft.State.ABANDONING);
      draft.ifPresent(found -> {
        DraftObjects.oweRemovals(on, "WHERE draft = :draft", id, "");
        dropDraft(on, found);
      });
      return draft;
    });
  }

  /** It was not abandoned after all. */
  public void withdrawAbandon(DraftId id) {
    tables.inTransaction(on ->
        on.createUpdate(
                "UPDATE drafts SET state = 'open', log_from = NULL"
                    + " WHERE id = :id AND state = 'abandoning'")
            .bind("id", id.value())
            .execute());
  }

  /** Removes the rows of a draft and its wrapping of the data key. */
  static void dropDraft(Handle on, Draft draft) {
    on.createUpdate("DELETE FROM draft_objects WHERE draft = :id")
        .bind("id", draft.id().value())
        .execute();
    on.createUpdate("DELETE FROM drafts WHERE id = :id").bind("id", draft.id().value()).execute();
    on.createUpdate("DELETE FROM wrapped_keys WHERE data_key_id = :key AND manifest_digest = ''")
        .bind("key", draft.dataKeyId().value())
        .execute();
  }

  static Optional<Draft> find(Handle on, DraftId id) {
    return on.createQuery(DRAFT + "WHERE id = :id")
        .bind("id", id.value())
        .map((r, c) -> draft(r))
        .findOne();
  }

  private static Optional<Draft> find(Handle on, ModelVersion target) {
    return on.createQuery(DRAFT + "WHERE model = :model AND version = :version")
        .bind("model", target.model().value())
        .bind("version", target.version().value())
        .map((r, c) -> draft(r))
        .findOne();
  }

  static void putWrappedKey(Handle on, DataKeyId id, String manifestDigest, WrappedKey key) {
    on.createUpdate(
            "INSERT INTO wrapped_keys (data_key_id, manifest_digest, backend, kek_id,"
                + " kek_version, ciphertext)"
                + " VALUES (:id, :digest, :backend, :kek, :version, :ciphertext)")
        .bind("id", id.value())
        .bind("digest", manifestDigest)
        .bind("backend", key.backend())
        .bind("kek", key.kekId())
        .bind("version", key.kekVersion())
        .bind("ciphertext", key.ciphertext().bytes())
        .execute();
  }

  /** The wrapped key of a row that was joined with those that there are. */
  static Optional<WrappedKey> wrappedKey(ResultSet row) throws SQLException {
    byte[] ciphertext = row.getBytes("ciphertext");
    return ciphertext == null
        ? Optional.empty()
        : Optional.of(
            new WrappedKey(
                row.getString("backend"),
                row.getString("kek_id"),
                row.getString("kek_version"),
                Blob.of(ciphertext)));
  }

  private static Draft draft(ResultSet row) throws SQLException {
    return new Draft(
        new DraftId(row.getString("id")),
        new ModelVersion(
            new ModelName(row.getString("model")), new VersionId(row.getString("version"))),
        new DataKeyId(row.getString("data_key_id")),
        row.getLong("fence"),
        row.getString("jkt"),
        row.getString("subject"),
        Draft.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        row.getLong("opened_at"));
  }
}
