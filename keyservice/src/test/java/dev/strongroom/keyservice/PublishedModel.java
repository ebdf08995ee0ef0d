package dev.strongroom.keyservice;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.catalog.PreparedVersion;
import dev.strongroom.keyservice.catalog.PublicationStore;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.store.Database;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;

/**
 * A version that is in the catalog and whose data key the test knows.
 *
 * @param dataKey 32 bytes
 */
record PublishedModel(ModelVersion target, byte[] dataKey, Blob envelope) {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Puts a version of one object into the catalog of a service that runs. */
  static PublishedModel publish(TestService service, String model, String version) {
    ModelVersion target = new ModelVersion(new ModelName(model), new VersionId(version));
    byte[] dataKey = new byte[32];
    RANDOM.nextBytes(dataKey);
    DataKeyId keyId = DataKeyId.random(RANDOM);
    Blob envelope = Blob.of(("{\"test\":\"" + model + "\"}").getBytes(StandardCharsets.UTF_8));
    Sha256Digest digest = Sha256Digest.of(envelope.bytes());
    try (Database store = Database.open(service.dataDir().resolve("store.db"));
        TinkKeyWrapper kek = TinkKeyWrapper.open(service.dataDir().resolve("kek.json"), false);
        SecretBytes key = SecretBytes.takeOver(dataKey.clone())) {
      DraftStore drafts = new DraftStore(store.jdbi());
      Draft draft =
          drafts.openOrFind(
              new Draft(DraftId.random(RANDOM), target, keyId, 0, "", "", Draft.State.OPEN, 1),
              kek.wrap(key, new WrapContext(target, keyId, null)));
      PublicationStore versions = new PublicationStore(store.jdbi());
      PreparedVersion prepared =
          new PreparedVersion(
              draft,
              digest,
              envelope,
              kek.wrap(key, new WrapContext(target, keyId, digest)),
              List.of(new StoredObject(keyId.value().substring(3), 1_024, "\"etag\"")),
              1,
              0);
      if (!versions.prepare(prepared)) {
        throw new IllegalStateException("the draft was not open");
      }
      versions.confirm(draft.id(), 0);
    }
    return new PublishedModel(target, dataKey, envelope);
  }
}
