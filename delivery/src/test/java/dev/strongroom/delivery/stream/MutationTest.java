package dev.strongroom.delivery.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TargetDirectory;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.place.WipeManner;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.FileRangeSource;
import dev.strongroom.delivery.source.HttpRangeSource;
import dev.strongroom.delivery.source.ObjectServer;
import dev.strongroom.delivery.source.ObjectServer.Ending;
import dev.strongroom.delivery.source.ObjectServer.Manners;
import dev.strongroom.delivery.source.RangeLimits;
import dev.strongroom.delivery.source.RangeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to the objects in storage ends with the right code and nothing visible. */
class MutationTest {
  private static final int S = SealedVersion.SEGMENT;
  private static final String VICTIM = "shards/model-1.safetensors";

  private final SealedVersion version = SealedVersion.typical();
  private final int victim = version.indexOf(VICTIM);
  private final TargetDirectory target = new TargetDirectory();
  @TempDir Path storage;

  @AfterEach
  void clean() {
    target.close();
  }

  @Test
  void truncated() {
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> Arrays.copyOf(o, o.length - 1));
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> Arrays.copyOf(o, o.length - S));
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> Arrays.copyOf(o, S));
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> new byte[0]);
  }

  @Test
  void appended() {
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> Arrays.copyOf(o, o.length + 1));
    mutated(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, o -> Arrays.copyOf(o, o.length + S));
  }

  @Test
  void flippedAnywhere() {
    Random random = new Random(1);
    int length = version.objects().get(victim).length;
    for (int i = 0; i < 60; i++) {
      int at = i == 0 ? 1 : i == 1 ? length - 1 : 1 + random.nextInt(length - 1);
      int bit = random.nextInt(8);
      mutated(
          ProblemCode.CIPHERTEXT_CORRUPT,
          o -> {
            o[at] ^= (byte) (1 << bit);
            return o;
          });
    }
  }

  @Test
  void anotherHeader() {
    mutated(
        ProblemCode.CIPHERTEXT_HEADER_INVALID,
        o -> {
          o[0] = 0x29;
          return o;
        });
  }

  @Test
  void swappedSegments() {
    mutated(
        ProblemCode.CIPHERTEXT_CORRUPT,
        o -> {
          byte[] kept = Arrays.copyOfRange(o, 5 * S, 6 * S);
          System.arraycopy(o, 9 * S, o, 5 * S, S);
          System.arraycopy(kept, 0, o, 9 * S, S);
          return o;
        });
  }

  @Test
  void duplicatedAndDroppedSegments() {
    mutated(
        ProblemCode.CIPHERTEXT_CORRUPT,
        o -> {
          System.arraycopy(o, 5 * S, o, 6 * S, S);
          return o;
        });
    mutated(
        ProblemCode.CIPHERTEXT_CORRUPT,
        o -> {
          System.arraycopy(o, 6 * S, o, 5 * S, o.length - 6 * S);
          return o;
        });
  }

  @Test
  void swappedObjects() {
    SealedVersion twins =
        SealedVersion.of(
            "acme/chat:3",
            S,
            Map.of("a", SealedVersion.bytes(50_000, 1), "b", SealedVersion.bytes(50_000, 2)));
    List<byte[]> swapped = twins.objects().reversed();
    refused(ProblemCode.CIPHERTEXT_CORRUPT, twins.manifest(), twins, swapped);
  }

  @Test
  void theObjectOfAnotherVersionUnderTheSameKey() {
    Map<String, byte[]> files = new TreeMap<>();
    version.plaintexts().forEach((path, bytes) -> files.put(path.value(), bytes));
    SealedVersion other = SealedVersion.of("acme/chat:4", S, files, version.dataKey());
    mutated(ProblemCode.CIPHERTEXT_CORRUPT, o -> other.objects().get(victim));
  }

  @Test
  void anEarlierObjectOfTheSameFile() {
    Map<String, byte[]> files = new TreeMap<>();
    version.plaintexts().forEach((path, bytes) -> files.put(path.value(), bytes.clone()));
    files.computeIfPresent(
        VICTIM,
        (path, bytes) -> {
          bytes[77] ^= 1;
          return bytes;
        });
    SealedVersion earlier = SealedVersion.of("acme/chat:3", S, files, version.dataKey());
    // Whole, it opens: only its digest tells. Spliced, it does not even open.
    mutated(ProblemCode.PLAINTEXT_DIGEST_MISMATCH, o -> earlier.objects().get(victim));
    mutated(
        ProblemCode.CIPHERTEXT_CORRUPT,
        o -> {
          System.arraycopy(earlier.objects().get(victim), 3 * S, o, 3 * S, 4 * S);
          return o;
        });
  }

  /** What a publisher signed and what was sealed under its key are two things. */
  @Test
  void everySegmentIsAuthenticAndTheDigestIsNotTheSignedOne() throws IOException {
    for (ManifestFile file : version.manifest().files()) {
      List<ManifestFile> files = new ArrayList<>(version.manifest().files());
      files.set(file.index(), signedAs(file, Sha256Digest.of(new byte[] {1, 2, 3})));
      Manifest signed = manifest(files);
      refused(ProblemCode.PLAINTEXT_DIGEST_MISMATCH, signed, version, version.objects());
      deliverByTags(signed);
    }
  }

  // The same without the digest: every tag verifies.
  private void deliverByTags(Manifest signed) throws IOException {
    try (VersionKey key = version.key();
        Region region = target.open()) {
      new ModelDelivery(2, 4 * S, Verification.TAGS, Progress.none())
          .deliver(signed, key, new FileRangeSource(version.store(storage)), region);
      assertEquals(signed.files().size(), region.wipe(WipeManner.OVERWRITE).files());
    }
  }

  private Manifest manifest(List<ManifestFile> files) {
    return Manifest.of(
        version.manifest().modelVersion(),
        version.manifest().dataKeyId(),
        S,
        Instant.EPOCH,
        files,
        null);
  }

  private static ManifestFile signedAs(ManifestFile file, Sha256Digest digest) {
    return new ManifestFile(
        file.index(),
        file.path(),
        file.mode(),
        file.plaintextSize(),
        file.ciphertextSize(),
        file.objectName(),
        file.commitment(),
        digest);
  }

  @Test
  void anotherContextInTheManifest() {
    List<ManifestFile> files = new ArrayList<>(version.manifest().files());
    ManifestFile a = files.get(victim);
    ManifestFile b = files.get(version.indexOf("shards/model-2.safetensors"));
    files.set(victim, entry(a, b));
    refused(ProblemCode.KEY_COMMITMENT_MISMATCH, manifest(files), version, version.objects());
  }

  @Test
  void anotherDataKey() {
    SealedVersion other = SealedVersion.typical();
    refused(ProblemCode.KEY_COMMITMENT_MISMATCH, version.manifest(), other, version.objects());
  }

  @Test
  void theObjectIsReplacedHalfWay() {
    Manners replaced = (request, right) -> request.number() > 6 ? ObjectServer.plain(412) : right;
    overHttp(ProblemCode.OBJECT_CHANGED, replaced);
  }

  @Test
  void theStorageLiesAboutWhichRangeItSends() {
    overHttp(
        ProblemCode.CIPHERTEXT_CORRUPT,
        (request, right) -> {
          byte[] body = right.bytes();
          byte[] other = body.clone();
          System.arraycopy(body, 0, other, body.length / 2, body.length - body.length / 2);
          return request.number() > 3 && body.length > 1000 ? right.withBody(other) : right;
        });
  }

  @Test
  void theStorageBreaksOffEveryTime() {
    overHttp(
        ProblemCode.SOURCE_UNAVAILABLE,
        (request, right) -> request.number() > 5 ? right.cutTo(10, Ending.RESET) : right);
  }

  private static ManifestFile entry(ManifestFile place, ManifestFile commitment) {
    return new ManifestFile(
        place.index(),
        place.path(),
        place.mode(),
        place.plaintextSize(),
        place.ciphertextSize(),
        place.objectName(),
        commitment.commitment(),
        place.sha256());
  }

  private void mutated(ProblemCode code, UnaryOperator<byte[]> mutation) {
    List<byte[]> objects = new ArrayList<>(version.objects());
    objects.set(victim, mutation.apply(objects.get(victim).clone()));
    refused(code, version.manifest(), version, objects);
  }

  private void refused(
      ProblemCode code, Manifest manifest, SealedVersion keys, List<byte[]> objects) {
    SealedVersion stored =
        new SealedVersion(keys.dataKey(), manifest, version.plaintexts(), objects);
    try {
      refused(code, stored, new FileRangeSource(stored.store(storage)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void overHttp(ProblemCode code, Manners manners) {
    Timing timing = new Timing(System::nanoTime, () -> 0L, pause -> {});
    RangeLimits limits =
        new RangeLimits(
            java.time.Duration.ofSeconds(2),
            java.time.Duration.ofSeconds(2),
            RetryLimits.within(java.time.Duration.ofMillis(500)),
            2);
    try (ObjectServer server = new ObjectServer(version.objects(), manners)) {
      refused(
          code,
          version,
          new HttpRangeSource(server.urls(version.manifest()), limits, timing, 2, null));
    }
  }

  private void refused(ProblemCode code, SealedVersion stored, RangeSource source) {
    try (VersionKey key = stored.key();
        Region region = target.open()) {
      ModelDelivery delivery = new ModelDelivery(2, 4 * S, Verification.DIGEST, Progress.none());
      Problem problem =
          assertThrows(
              Problem.class, () -> delivery.deliver(stored.manifest(), key, source, region));
      assertEquals(code, problem.code(), problem.getMessage());
    }
    assertEquals(List.of(), target.names());
  }
}
