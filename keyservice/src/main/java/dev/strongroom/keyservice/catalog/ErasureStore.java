package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.kms.KekVersion;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** The data key of a version or a draft, for who erases it. */
public final class ErasureStore {
  private final CatalogTables tables;

  public ErasureStore(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  /**
   * A data key that is there.
   *
   * @param manifestDigest of the published version; null for a draft
   * @param isSettled false while the log has to decide whether its draft becomes a version
   */
  public record Found(
      DataKeyId dataKeyId,
      @Nullable Sha256Digest manifestDigest,
      KekVersion under,
      boolean isSettled) {}

  /** The data key of this version: that of its manifest, or of the draft that it still is. */
  public Optional<Found> find(ModelVersion target) {
    return tables.inTransaction(on ->
        on.createQuery(
                "SELECT w.data_key_id, w.manifest_digest, w.backend, w.kek_id, w.kek_version,"
                    + " COALESCE(d.state, 'open') AS state FROM wrapped_keys w"
                    + " LEFT JOIN versions v ON v.data_key_id = w.data_key_id"
                    + " LEFT JOIN drafts d ON d.data_key_id = w.data_key_id"
                    + " WHERE (v.model = :model AND v.version = :version)"
                    + " OR (d.model = :model AND d.version = :version)"
                    + " ORDER BY w.manifest_digest DESC LIMIT 1")
            .bind("model", target.model().value())
            .bind("version", target.version().value())
            .map((r, c) -> {
              String digest = r.getString("manifest_digest");
              return new Found(
                  new DataKeyId(r.getString("data_key_id")),
                  digest.isEmpty() ? null : new Sha256Digest(digest),
                  new KekVersion(
                      r.getString("backend"), r.getString("kek_id"), r.getString("kek_version")),
                  r.getString("state").equals("open"));
            })
            .findOne());
  }

  /**
   * Deletes every wrapping of a data key, and the draft of this version with its own: one that was
   * opened while the key was being erased has another. The removal of the draft's objects is owed
   * from then on. Harmless when done already. What was there is not scrubbed.
   *
   * @return whether anything was there
   */
  public boolean erase(ModelVersion target, DataKeyId dataKeyId) {
    return tables.inTransaction(on -> {
      int rows = deleteWrappings(on, dataKeyId);
      boolean any = dropDraft(on, target) || rows > 0;
      if (any) {
        on.createUpdate("DELETE FROM scrubbed WHERE data_key_id = :key")
            .bind("key", dataKeyId.value())
            .execute();
      }
      return any;
    });
  }

  /** Those after whose deletion the store was written anew. */
  public Set<DataKeyId> scrubbed() {
    return tables.read(on ->
        on.createQuery("SELECT data_key_id FROM scrubbed")
            .map((r, c) -> new DataKeyId(r.getString("data_key_id")))
            .set());
  }

  /** The store was written anew after these were deleted. */
  public void keepScrubbed(Set<DataKeyId> dataKeyIds) {
    int[] _ =
        tables.inTransaction(on -> {
          try (PreparedBatch batch =
              on.prepareBatch("INSERT INTO scrubbed VALUES (:key) ON CONFLICT DO NOTHING")) {
            dataKeyIds.forEach(each -> batch.bind("key", each.value()).add());
            return batch.execute();
          }
        });
  }

  private static int deleteWrappings(Handle on, DataKeyId dataKeyId) {
    return on.createUpdate("DELETE FROM wrapped_keys WHERE data_key_id = :key")
        .bind("key", dataKeyId.value())
        .execute();
  }

  // A draft that waits for the log is withdrawn by who waits: its entry is refused by now.
  private static boolean dropDraft(Handle on, ModelVersion target) {
    Optional<Dropped> found =
        on.createQuery(
                "SELECT id, data_key_id FROM drafts"
                    + " WHERE model = :model AND version = :version AND state = 'open'")
            .bind("model", target.model().value())
            .bind("version", target.version().value())
            .map((r, c) ->
                new Dropped(
                    new DraftId(r.getString("id")), new DataKeyId(r.getString("data_key_id"))))
            .findOne();
    found.ifPresent(draft -> {
      int _ = deleteWrappings(on, draft.dataKeyId());
      DraftObjects.oweRemovals(on, "WHERE draft = :draft", draft.id(), "");
      on.createUpdate("DELETE FROM drafts WHERE id = :id").bind("id", draft.id().value()).execute();
    });
    return found.isPresent();
  }

  private record Dropped(DraftId id, DataKeyId dataKeyId) {}
}
