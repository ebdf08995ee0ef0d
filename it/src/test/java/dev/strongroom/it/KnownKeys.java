package dev.strongroom.it;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestCodec;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The data key of a published version and every key derived from it, got as somebody gets them who
 * has the store and the KEK: from a copy of the key service's folder. Derived here once more, by
 * the specification (docs/spec/weight-format.md), and tried on an object.
 */
final class KnownKeys {
  private static final int KEY_BYTES = 32;

  private final Map<String, byte[]> keys = new LinkedHashMap<>();

  private KnownKeys() {}

  /**
   * @param copy an absent folder for the copies
   * @param control a file of one segment, whose object must open to {@code plaintext}
   */
  static KnownKeys of(Stage stage, Path copy, ModelVersion target, String control, byte[] plaintext)
      throws IOException, GeneralSecurityException {
    Files.createDirectories(copy);
    for (String name : new String[] {"store.db", "store.db-wal", "kek.json"}) {
      Files.copy(
          stage.dataDir().resolve(name), copy.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
    }
    Path bucket = stage.objects().resolve(stage.storage().bucket());
    try (Database store = Database.open(copy.resolve("store.db"));
        TinkKeyWrapper kek = TinkKeyWrapper.open(copy.resolve("kek.json"), false)) {
      Catalog.PublishedVersion version = new SqlCatalog(store.jdbi(), 1 << 20).published(target);
      WrapContext context = new WrapContext(target, version.dataKeyId(), version.manifestDigest());
      try (SecretBytes dataKey = kek.unwrap(version.wrappedKey(), context)) {
        KnownKeys known = new KnownKeys();
        known.derive(dataKey.heapCopy(), version, bucket, control, plaintext);
        return known;
      }
    }
  }

  private void derive(
      byte[] dataKey,
      Catalog.PublishedVersion version,
      Path bucket,
      String control,
      byte[] plaintext)
      throws IOException, GeneralSecurityException {
    KDF hkdf = KDF.getInstance("HKDF-SHA256");
    byte[] streamKey =
        hkdf.deriveData(
            HKDFParameterSpec.ofExtract()
                .addIKM(dataKey)
                .thenExpand(CanonicalEncoding.of("strongroom/v1/stream").bytes(), KEY_BYTES));
    keys.put("data key", dataKey);
    keys.put("stream key", streamKey);
    Manifest manifest =
        ManifestCodec.parse(
            DsseEnvelope.parse(version.envelope().bytes(), ManifestCodec.MAX_BYTES).payload());
    boolean tried = false;
    for (ManifestFile file : manifest.files()) {
      byte[] object = Files.readAllBytes(bucket.resolve(file.objectName().toString()));
      StreamHeader header = StreamHeader.parse(Arrays.copyOf(object, StreamHeader.BYTES));
      KeyContext context =
          new KeyContext(version.target(), file.path(), file.index(), file.plaintextSize());
      byte[] fileKey =
          hkdf.deriveData(
              HKDFParameterSpec.ofExtract()
                  .addIKM(streamKey)
                  .addSalt(header.salt())
                  .thenExpand(context.digest(), KEY_BYTES));
      keys.put("key of " + file.path(), fileKey);
      if (file.path().value().equals(control)) {
        requireOpens(object, header, fileKey, plaintext);
        tried = true;
      }
    }
    if (!tried) {
      throw new AssertionError("the version has no file " + control);
    }
  }

  private static void requireOpens(
      byte[] object, StreamHeader header, byte[] fileKey, byte[] plaintext)
      throws GeneralSecurityException {
    byte[] nonce = Arrays.copyOf(header.noncePrefix(), 12);
    nonce[11] = 1;
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(fileKey, "AES"), new GCMParameterSpec(128, nonce));
    byte[] opened = cipher.doFinal(object, StreamHeader.BYTES, object.length - StreamHeader.BYTES);
    if (!Sha256Digest.of(opened).equals(Sha256Digest.of(plaintext))) {
      throw new AssertionError("these are not the keys");
    }
  }

  /** The keys by what they are for. */
  Map<String, byte[]> keys() {
    return keys;
  }

  /** A key as some ciphers keep it: as 32-bit numbers of this machine. */
  static byte[] asWords(byte[] key) {
    byte[] words = new byte[key.length];
    for (int i = 0; i < key.length; i++) {
      words[i] = key[(i & ~3) + (3 - (i & 3))];
    }
    return words;
  }
}
