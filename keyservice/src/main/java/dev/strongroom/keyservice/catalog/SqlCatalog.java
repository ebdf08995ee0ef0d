package dev.strongroom.keyservice.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * The catalog over the embedded store. Published versions never change, so they are kept in memory
 * once they were read; grants ask no table.
 */
public final class SqlCatalog implements Catalog {
  /** What the objects of a version take in memory beside the envelope, roughly, for each. */
  private static final int OBJECT_WEIGHT = 256;

  private final CatalogTables tables;
  private final Cache<ModelVersion, PublishedVersion> cache;

  /**
   * @param cacheBytes how much memory the versions may take, roughly
   */
  public SqlCatalog(Jdbi jdbi, long cacheBytes) {
    this.tables = new CatalogTables(jdbi);
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher(SqlCatalog::weight)
            .executor(Runnable::run)
            .build();
  }

  private static int weight(ModelVersion target, PublishedVersion version) {
    return version.envelope().base64url().length() + OBJECT_WEIGHT * version.objects().size();
  }

  @Override
  public PublishedVersion published(ModelVersion target) {
    // Read inside the cache: a version that is forgotten meanwhile does not come back as it was.
    PublishedVersion version = cache.get(target, this::load);
    if (version == null) {
      throw absent(target);
    }
    return version;
  }

  @Override
  public void forget(ModelVersion target) {
    cache.invalidate(target);
  }

  @Override
  public List<PublishedVersion> versionsOf(ModelName model) {
    List<String> versions =
        tables.read(on ->
            on.createQuery(
                    "SELECT version FROM versions WHERE model = :model AND visible = 1"
                        + " ORDER BY published_at, version")
                .bind("model", model.value())
                .mapTo(String.class)
                .list());
    return versions.stream()
        .map(version -> published(new ModelVersion(model, new VersionId(version))))
        .toList();
  }

  private Problem absent(ModelVersion target) {
    boolean isDraft =
        tables.read(on ->
            on.createQuery("SELECT 1 FROM drafts WHERE model = :model AND version = :version")
                .bind("model", target.model().value())
                .bind("version", target.version().value())
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    return isDraft
        ? new Problem(
            ProblemCode.VERSION_NOT_PUBLISHED,
            "this version is still a draft; wait until its publisher finalises it")
        : new Problem(
            ProblemCode.VERSION_UNKNOWN, "there is no such version; check the model's name too");
  }

  private @Nullable PublishedVersion load(ModelVersion target) {
    return tables.read(on -> read(on, target));
  }

  private static @Nullable PublishedVersion read(Handle on, ModelVersion target) {
    return on.createQuery(
            "SELECT v.data_key_id, v.manifest_digest, v.envelope, v.published_at, w.backend,"
                + " w.kek_id, w.kek_version, w.ciphertext FROM versions v"
                + " LEFT JOIN wrapped_keys w ON w.data_key_id = v.data_key_id"
                + " AND w.manifest_digest = v.manifest_digest"
                + " WHERE v.model = :model AND v.version = :version AND v.visible = 1")
        .bind("model", target.model().value())
        .bind("version", target.version().value())
        .map((r, c) -> {
          DataKeyId dataKeyId = new DataKeyId(r.getString("data_key_id"));
          Sha256Digest digest = new Sha256Digest(r.getString("manifest_digest"));
          return new PublishedVersion(
              target,
              dataKeyId,
              digest,
              DraftStore.wrappedKey(r).orElse(null),
              Blob.of(r.getBytes("envelope")),
              objects(on, target),
              r.getLong("published_at"));
        })
        .findOne()
        .orElse(null);
  }

  private static List<StoredObject> objects(Handle on, ModelVersion target) {
    return on.createQuery(
            "SELECT name, size, etag FROM version_objects"
                + " WHERE model = :model AND version = :version ORDER BY idx")
        .bind("model", target.model().value())
        .bind("version", target.version().value())
        .map(
            (r, c) -> new StoredObject(r.getString("name"), r.getLong("size"), r.getString("etag")))
        .list();
  }
}
