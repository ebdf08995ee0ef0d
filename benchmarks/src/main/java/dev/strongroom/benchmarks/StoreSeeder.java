package dev.strongroom.benchmarks;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.testkit.stage.Stage;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Puts versions into the store of a key service that is stopped, beside one that was published:
 * each with a data key, a wrapping and a signed manifest of its own. Their objects are not in the
 * storage and their publication is not in the log; grants, rewraps and migrations ask for neither.
 */
final class StoreSeeder {
  private static final int DATA_KEY_BYTES = 32;

  private final Stage stage;
  private final ManifestSigner signer;
  private final ManifestVerifier verifier;
  private final SecureRandom random = new SecureRandom();

  StoreSeeder(Stage stage, TrustBundle trust) {
    this.stage = stage;
    this.signer = new ManifestSigner(PublisherKey.read(stage.publisherKey()));
    this.verifier =
        new ManifestVerifier(
            trust.publishers().stream().map(each -> each.key().publicKey()).toList());
  }

  /**
   * Puts them there.
   *
   * @param published a version of one file
   */
  void put(ModelVersion published, List<ModelVersion> targets) {
    try (Database store = Database.open(stage.dataDir().resolve("store.db"));
        TinkKeyWrapper kek = TinkKeyWrapper.open(stage.dataDir().resolve("kek.json"), false)) {
      Catalog.PublishedVersion example = new SqlCatalog(store.jdbi(), 1 << 20).published(published);
      store
          .jdbi()
          .useTransaction(on -> {
            for (ModelVersion target : targets) {
              put(on, kek, example, target);
            }
          });
    }
  }

  private void put(
      Handle on, TinkKeyWrapper kek, Catalog.PublishedVersion example, ModelVersion target) {
    Manifest original = verifier.verify(example.envelope().bytes()).manifest();
    DataKeyId id = DataKeyId.random(random);
    try (SecretBytes dataKey = SecretBytes.random(DATA_KEY_BYTES, random);
        VersionKey key = VersionKey.of(dataKey)) {
      Manifest manifest = manifest(original, target, id, key);
      byte[] envelope = signer.sign(manifest).toJson();
      VerifiedManifest signed = verifier.verify(envelope);
      ManifestDigest digest = signed.digest();
      insertVersion(on, target, id, digest, envelope);
      insertObjects(on, target, manifest, example.objects().getFirst().etag());
      insertKey(
          on,
          id,
          digest,
          kek.wrap(dataKey, new WrapContext(target, id, new Sha256Digest(digest.hex()))));
    }
  }

  private Manifest manifest(Manifest original, ModelVersion target, DataKeyId id, VersionKey key) {
    ManifestFile file = original.files().getFirst();
    ManifestFile same =
        new ManifestFile(
            file.index(),
            file.path(),
            file.mode(),
            file.plaintextSize(),
            file.ciphertextSize(),
            ObjectName.random(random),
            key.commitment(
                new dev.strongroom.core.weights.KeyContext(
                    target, file.path(), file.index(), file.plaintextSize())),
            file.sha256());
    return Manifest.of(target, id, original.segmentSize(), Instant.now(), List.of(same), null);
  }

  private void insertVersion(
      Handle on, ModelVersion target, DataKeyId id, ManifestDigest digest, byte[] envelope) {
    on.createUpdate(
            "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
                + " envelope, published_at, visible, log_index)"
                + " VALUES (:model, :version, :draft, '', :key, :digest, :envelope, :at, 1, 0)")
        .bind("model", target.model().value())
        .bind("version", target.version().value())
        .bind("draft", DraftId.random(random).value())
        .bind("key", id.value())
        .bind("digest", digest.hex())
        .bind("envelope", envelope)
        .bind("at", Instant.now().getEpochSecond())
        .execute();
  }

  private static void insertObjects(
      Handle on, ModelVersion target, Manifest manifest, String etag) {
    try (PreparedBatch batch =
        on.prepareBatch(
            "INSERT INTO version_objects (model, version, idx, name, size, etag)"
                + " VALUES (:model, :version, :idx, :name, :size, :etag)")) {
      for (ManifestFile file : manifest.files()) {
        batch
            .bind("model", target.model().value())
            .bind("version", target.version().value())
            .bind("idx", file.index())
            .bind("name", file.objectName().value())
            .bind("size", file.ciphertextSize())
            .bind("etag", etag)
            .add();
      }
      int[] _ = batch.execute();
    }
  }

  private static void insertKey(Handle on, DataKeyId id, ManifestDigest digest, WrappedKey key) {
    on.createUpdate(
            "INSERT INTO wrapped_keys (data_key_id, manifest_digest, backend, kek_id,"
                + " kek_version, ciphertext)"
                + " VALUES (:id, :digest, :backend, :kek, :version, :ciphertext)")
        .bind("id", id.value())
        .bind("digest", digest.hex())
        .bind("backend", key.backend())
        .bind("kek", key.kekId())
        .bind("version", key.kekVersion())
        .bind("ciphertext", key.ciphertext().bytes())
        .execute();
  }
}
