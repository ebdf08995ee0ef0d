package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The step from draft to version. It is taken in two: everything is prepared, invisibly; then the
 * entry is appended to the log; then the version is made visible, or, where the log does not have
 * the entry, the draft is opened again. The log decides, also after a crash in between.
 */
public final class PublicationStore {
  private final CatalogTables tables;

  public PublicationStore(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  /**
   * A draft that waits for the log.
   *
   * @param state finalising or abandoning
   * @param logFrom the entry cannot stand below this index
   */
  public record Unsettled(DraftId id, Draft.State state, long logFrom) {}

  /**
   * A version as the one who finalised it may ask for it again.
   *
   * @param jkt thumbprint of its proof key
   */
  public record Finalised(String jkt, Sha256Digest manifestDigest, Blob envelope, long logIndex) {}

  /** A published version in the log. */
  public record Entry(Sha256Digest manifestDigest, long logIndex) {}

  /**
   * Prepares everything.
   *
   * @return whether the writer still was the writer of an open draft
   */
  public boolean prepare(PreparedVersion version) {
    return tables.inTransaction(on -> {
      int taken =
          on.createUpdate(
                  "UPDATE drafts SET state = 'finalising', log_from = :from"
                      + " WHERE id = :id AND state = 'open' AND fence = :fence")
              .bind("from", version.logFrom())
              .bind("id", version.draft().id().value())
              .bind("fence", version.draft().fence())
              .execute();
      if (taken == 1) {
        insert(on, version);
      }
      return taken == 1;
    });
  }

  private static void insert(Handle on, PreparedVersion version) {
    Draft draft = version.draft();
    on.createUpdate(
            "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
                + " envelope, published_at, visible) VALUES (:model, :version, :draft, :jkt, :key,"
                + " :digest, :envelope, :at, 0)")
        .bind("model", draft.target().model().value())
        .bind("version", draft.target().version().value())
        .bind("draft", draft.id().value())
        .bind("jkt", draft.jkt())
        .bind("key", draft.dataKeyId().value())
        .bind("digest", version.manifestDigest().hex())
        .bind("envelope", version.envelope().bytes())
        .bind("at", version.publishedAt())
        .execute();
    try (PreparedBatch batch =
        on.prepareBatch(
            "INSERT INTO version_objects (model, version, idx, name, size, etag)"
                + " VALUES (:model, :version, :idx, :name, :size, :etag)")) {
      int index = 0;
      for (StoredObject object : version.objects()) {
        batch
            .bind("model", draft.target().model().value())
            .bind("version", draft.target().version().value())
            .bind("idx", index++)
            .bind("name", object.objectName())
            .bind("size", object.size())
            .bind("etag", object.etag())
            .add();
      }
      batch.execute();
    }
    DraftStore.putWrappedKey(
        on, draft.dataKeyId(), version.manifestDigest().hex(), version.wrappedKey());
  }

  /** The log has the entry: the version is there, the draft is not. Harmless when done already. */
  public void confirm(DraftId id, long logIndex) {
    tables.inTransaction(on -> {
      int shown =
          on.createUpdate(
                  "UPDATE versions SET visible = 1, log_index = :index"
                      + " WHERE draft = :draft AND visible = 0")
              .bind("index", logIndex)
              .bind("draft", id.value())
              .execute();
      if (shown == 1) {
        DraftStore.find(on, id).ifPresent(draft -> DraftStore.dropDraft(on, draft));
      }
      return shown;
    });
  }

  /** The log does not have the entry and never will: the draft is open again. */
  public void withdraw(DraftId id) {
    tables.inTransaction(on -> {
      on.createUpdate(
              "DELETE FROM wrapped_keys WHERE (data_key_id, manifest_digest) IN"
                  + " (SELECT data_key_id, manifest_digest FROM versions"
                  + " WHERE draft = :draft AND visible = 0)")
          .bind("draft", id.value())
          .execute();
      on.createUpdate(
              "DELETE FROM version_objects WHERE (model, version) IN"
                  + " (SELECT model, version FROM versions WHERE draft = :draft AND visible = 0)")
          .bind("draft", id.value())
          .execute();
      on.createUpdate("DELETE FROM versions WHERE draft = :draft AND visible = 0")
          .bind("draft", id.value())
          .execute();
      return on.createUpdate(
              "UPDATE drafts SET state = 'open', log_from = NULL"
                  + " WHERE id = :draft AND state = 'finalising'")
          .bind("draft", id.value())
          .execute();
    });
  }

  /** The version that this draft became. */
  public Optional<Finalised> finalised(DraftId id) {
    return tables.read(on ->
        on.createQuery(
                "SELECT jkt, manifest_digest, envelope, log_index FROM versions"
                    + " WHERE draft = :draft AND visible = 1")
            .bind("draft", id.value())
            .map((r, c) ->
                new Finalised(
                    r.getString("jkt"),
                    new Sha256Digest(r.getString("manifest_digest")),
                    Blob.of(r.getBytes("envelope")),
                    r.getLong("log_index")))
            .findOne());
  }

  /** Where the publication of this version stands in the log, once it is published. */
  public Optional<Entry> entryOf(ModelVersion target) {
    return tables.read(on ->
        on.createQuery(
                "SELECT manifest_digest, log_index FROM versions"
                    + " WHERE model = :model AND version = :version AND visible = 1")
            .bind("model", target.model().value())
            .bind("version", target.version().value())
            .map((r, c) ->
                new Entry(new Sha256Digest(r.getString("manifest_digest")), r.getLong("log_index")))
            .findOne());
  }

  /** Drafts that wait for the log. */
  public List<Unsettled> unsettled() {
    return tables.read(on ->
        on.createQuery("SELECT id, state, log_from FROM drafts WHERE state <> 'open' ORDER BY id")
            .map((r, c) ->
                new Unsettled(
                    new DraftId(r.getString("id")),
                    r.getString("state").equals("finalising")
                        ? Draft.State.FINALISING
                        : Draft.State.ABANDONING,
                    r.getLong("log_from")))
            .list());
  }
}
