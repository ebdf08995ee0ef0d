package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * All wrapped data keys, of drafts and versions, for those who move them to another KEK version.
 */
public final class WrappedKeyStore {
  /** Below every place: a key id is never empty. */
  public static final Place START = new Place("", "");

  private final CatalogTables tables;

  public WrappedKeyStore(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  /**
   * Where a wrapped key stands; places are in order.
   *
   * @param manifestDigest hexadecimal; empty for the key of a draft
   */
  public record Place(String dataKeyId, String manifestDigest) {}

  /** A wrapped key with the context that it is bound to. */
  public record Entry(Place place, WrapContext context, WrappedKey wrapped) {}

  /** The same data key in another wrapping. */
  public record Replacement(Entry before, WrappedKey after) {}

  /** How many data keys are under one version of one KEK. */
  public record Count(String backend, String kekId, String kekVersion, long dataKeys) {
    public KekVersion under() {
      return new KekVersion(backend, kekId, kekVersion);
    }
  }

  private static final String ENTRIES =
      "SELECT w.data_key_id, w.manifest_digest, w.backend, w.kek_id, w.kek_version,"
          + " w.ciphertext, COALESCE(v.model, d.model) AS model,"
          + " COALESCE(v.version, d.version) AS version FROM wrapped_keys w"
          + " LEFT JOIN versions v ON v.data_key_id = w.data_key_id"
          + " LEFT JOIN drafts d ON d.data_key_id = w.data_key_id";

  /** The next entries after a place, in order. */
  public List<Entry> after(Place place, int limit) {
    return tables.read(on ->
        on.createQuery(
                ENTRIES
                    + " WHERE (w.data_key_id, w.manifest_digest) > (:key, :digest)"
                    + " ORDER BY w.data_key_id, w.manifest_digest LIMIT :limit")
            .bind("key", place.dataKeyId())
            .bind("digest", place.manifestDigest())
            .bind("limit", limit)
            .map((r, c) -> entry(r))
            .list());
  }

  /** Some of those that are under this KEK version. */
  public List<Entry> under(KekVersion version, int limit) {
    return tables.read(on ->
        on.createQuery(
                ENTRIES
                    + " WHERE w.backend = :backend AND w.kek_id = :kek"
                    + " AND w.kek_version = :version LIMIT :limit")
            .bind("backend", version.backend())
            .bind("kek", version.kekId())
            .bind("version", version.version())
            .bind("limit", limit)
            .map((r, c) -> entry(r))
            .list());
  }

  private static Entry entry(ResultSet row) throws SQLException {
    Place place = new Place(row.getString("data_key_id"), row.getString("manifest_digest"));
    return new Entry(
        place,
        new WrapContext(
            new ModelVersion(
                new ModelName(row.getString("model")), new VersionId(row.getString("version"))),
            new DataKeyId(place.dataKeyId()),
            place.manifestDigest().isEmpty() ? null : new Sha256Digest(place.manifestDigest())),
        new WrappedKey(
            row.getString("backend"),
            row.getString("kek_id"),
            row.getString("kek_version"),
            Blob.of(row.getBytes("ciphertext"))));
  }

  /** Puts new wrappings in the place of those that are still there; all or none. */
  public void replace(List<Replacement> replacements) {
    int[] _ =
        tables.inTransaction(on -> {
          try (PreparedBatch batch =
              on.prepareBatch(
                  "UPDATE wrapped_keys SET backend = :backend, kek_id = :kek,"
                      + " kek_version = :version, ciphertext = :ciphertext"
                      + " WHERE data_key_id = :key AND manifest_digest = :digest"
                      + " AND ciphertext = :before")) {
            for (Replacement replacement : replacements) {
              batch
                  .bind("backend", replacement.after().backend())
                  .bind("kek", replacement.after().kekId())
                  .bind("version", replacement.after().kekVersion())
                  .bind("ciphertext", replacement.after().ciphertext().bytes())
                  .bind("key", replacement.before().place().dataKeyId())
                  .bind("digest", replacement.before().place().manifestDigest())
                  .bind("before", replacement.before().wrapped().ciphertext().bytes())
                  .add();
            }
            return batch.execute();
          }
        });
  }

  /** How many data keys are under each KEK version. */
  public List<Count> counts() {
    return tables.read(on ->
        on.createQuery(
                "SELECT backend, kek_id, kek_version, count(*) AS n FROM wrapped_keys"
                    + " GROUP BY backend, kek_id, kek_version"
                    + " ORDER BY backend, kek_id, kek_version")
            .map((r, c) ->
                new Count(
                    r.getString("backend"),
                    r.getString("kek_id"),
                    r.getString("kek_version"),
                    r.getLong("n")))
            .list());
  }

  /**
   * How many data keys are under each KEK version, but for these: a restored backup brings back
   * what the log says is erased, and perhaps its KEK, too.
   */
  public Map<KekVersion, Long> heldWithout(Collection<DataKeyId> erased) {
    Map<KekVersion, Long> held = held();
    tables.read(on -> {
      for (DataKeyId each : erased) {
        on.createQuery(
                "SELECT backend, kek_id, kek_version FROM wrapped_keys WHERE data_key_id = :key")
            .bind("key", each.value())
            .map((r, c) ->
                new KekVersion(
                    r.getString("backend"), r.getString("kek_id"), r.getString("kek_version")))
            .forEach(under -> held.computeIfPresent(under, (k, n) -> n == 1 ? null : n - 1));
      }
      return held;
    });
    return held;
  }

  /** The same, by KEK version. */
  public Map<KekVersion, Long> held() {
    return counts().stream()
        .collect(
            Collectors.toMap(
                Count::under, Count::dataKeys, (a, b) -> a + b, () -> new LinkedHashMap<>()));
  }
}
