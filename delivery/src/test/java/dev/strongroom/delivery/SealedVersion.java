package dev.strongroom.delivery;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.FileSealer;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentEncrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A version as a publisher leaves it in storage: a manifest, and one object of ciphertext for each
 * file.
 *
 * @param dataKey stands in for the key that a grant brings
 * @param plaintexts by path
 * @param objects in the order of the manifest
 */
public record SealedVersion(
    SecretBytes dataKey,
    Manifest manifest,
    Map<WeightPath, byte[]> plaintexts,
    List<byte[]> objects) {
  public static final int SEGMENT = 4096;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Seals these files under a fresh data key. */
  public static SealedVersion of(String version, int segmentSize, Map<String, byte[]> files) {
    return of(version, segmentSize, files, SecretBytes.random(VersionKey.BYTES, RANDOM));
  }

  /** Seals these files under this data key. */
  public static SealedVersion of(
      String version, int segmentSize, Map<String, byte[]> files, SecretBytes dataKey) {
    ModelVersion target = ModelVersion.parse(version);
    Map<WeightPath, byte[]> plaintexts = new TreeMap<>();
    files.forEach((path, bytes) -> plaintexts.put(new WeightPath(path), bytes));
    List<ManifestFile> entries = new ArrayList<>();
    List<byte[]> objects = new ArrayList<>();
    try (VersionKey key = VersionKey.of(dataKey)) {
      plaintexts.forEach((path, bytes) -> {
        KeyContext context = new KeyContext(target, path, entries.size(), bytes.length);
        byte[] object = seal(key, context, segmentSize, bytes);
        entries.add(
            new ManifestFile(
                entries.size(),
                path,
                0444,
                bytes.length,
                object.length,
                ObjectName.random(RANDOM),
                key.commitment(context),
                Sha256Digest.of(bytes)));
        objects.add(object);
      });
    }
    Manifest manifest =
        Manifest.of(target, DataKeyId.random(RANDOM), segmentSize, Instant.EPOCH, entries, null);
    return new SealedVersion(dataKey, manifest, plaintexts, objects);
  }

  /** One file of each interesting kind: empty, short, of one segment, of many parts, nested. */
  public static SealedVersion typical() {
    return of(
        "acme/chat:3",
        SEGMENT,
        Map.of(
            "config.json", bytes(700, 1),
            "empty", new byte[0],
            "one-segment.bin", bytes(SEGMENT - 56, 2),
            "shards/model-1.safetensors", bytes(200_000, 3),
            "shards/model-2.safetensors", bytes(10 * (SEGMENT - 16) - 40, 4),
            "tokenizer/vocab.txt", bytes(9_001, 5)));
  }

  public static byte[] bytes(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  public VersionKey key() {
    return VersionKey.of(dataKey);
  }

  /** Writes the objects to files of a directory. */
  public List<Path> store(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < objects.size(); i++) {
      files.add(Files.write(directory.resolve("object-" + i), objects.get(i)));
    }
    return files;
  }

  /** The index of a path in the manifest. */
  public int indexOf(String path) {
    return manifest.files().stream()
        .filter(file -> file.path().value().equals(path))
        .findFirst()
        .orElseThrow()
        .index();
  }

  private static byte[] seal(
      VersionKey key, KeyContext context, int segmentSize, byte[] plaintext) {
    StreamHeader header = StreamHeader.random(RANDOM);
    try (FileSealer sealer = key.sealer(context, header, segmentSize);
        SegmentEncrypter encrypter = sealer.newEncrypter()) {
      SegmentLayout layout = sealer.layout();
      byte[] object = new byte[Math.toIntExact(layout.ciphertextSize())];
      System.arraycopy(header.bytes(), 0, object, 0, StreamHeader.BYTES);
      for (int i = 0; i < layout.segmentCount(); i++) {
        encrypter.encrypt(
            i,
            plaintext,
            Math.toIntExact(layout.plaintextOffset(i)),
            layout.plaintextLength(i),
            object,
            Math.toIntExact(layout.ciphertextOffset(i)));
      }
      return object;
    }
  }
}
