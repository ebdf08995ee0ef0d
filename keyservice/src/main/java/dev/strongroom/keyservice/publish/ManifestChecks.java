package dev.strongroom.keyservice.publish;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftObject;
import dev.strongroom.keyservice.catalog.DraftObjects;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Whether a manifest may become the version of a draft (grant protocol, section 8). */
final class ManifestChecks {
  /** Questions to the storage at once. */
  private static final int PARALLEL = 16;

  private final List<TrustBundle.Publisher> publishers;
  private final DraftObjects draftObjects;
  private final ObjectStorage storage;
  private final InstantSource clock;

  ManifestChecks(
      List<TrustBundle.Publisher> publishers,
      DraftObjects draftObjects,
      ObjectStorage storage,
      InstantSource clock) {
    this.publishers = List.copyOf(publishers);
    this.draftObjects = draftObjects;
    this.storage = storage;
    this.clock = clock;
  }

  /**
   * Verifies the signature by a publisher of this model, and that the manifest is of this draft.
   *
   * @throws Problem {@link ProblemCode#PUBLISHER_UNKNOWN}, {@link
   *     ProblemCode#MANIFEST_SIGNATURE_INVALID}, {@link ProblemCode#MANIFEST_INVALID}, and what
   *     {@link ManifestVerifier} throws
   */
  VerifiedManifest verify(Draft draft, Blob envelope) {
    VerifiedManifest verified =
        new ManifestVerifier(
                publishers.stream()
                    .filter(
                        p -> p.models().stream().anyMatch(m -> m.covers(draft.target().model())))
                    .map(TrustBundle.Publisher::key)
                    .filter(key -> key.validAt(clock.instant()))
                    .map(PinnedKey::publicKey)
                    .toList())
            .verify(envelope.bytes());
    Manifest manifest = verified.manifest();
    require(manifest.modelVersion().equals(draft.target()), "model and version");
    require(manifest.dataKeyId().equals(draft.dataKeyId()), "the data key");
    require(manifest.segmentSize() == SegmentLayout.DEFAULT_SEGMENT_SIZE, "the segment size");
    return verified;
  }

  private static void require(boolean same, String what) {
    if (!same) {
      throw new Problem(
          ProblemCode.MANIFEST_INVALID,
          "the manifest names another thing than this draft: " + what + "; sign one for it");
    }
  }

  /**
   * The objects by the index of the file, when they are exactly those of the draft and the storage
   * holds each as it was completed, with the size of the manifest.
   *
   * @throws Problem {@link ProblemCode#OBJECT_MISMATCH}, {@link ProblemCode#STORAGE_UNAVAILABLE}
   */
  List<StoredObject> objects(Draft draft, Manifest manifest) {
    Map<String, DraftObject> known = new HashMap<>();
    draftObjects
        .objectsOf(draft)
        .orElseThrow(Writers::busy)
        .forEach(object -> known.put(object.name(), object));
    List<StoredObject> wanted = new ArrayList<>();
    for (ManifestFile file : manifest.files()) {
      wanted.add(announced(file, known.remove(file.objectName().value())));
    }
    if (!known.isEmpty()) {
      throw mismatch(known.size() + " objects of the draft are not in the manifest; abandon them");
    }
    inParallel(wanted);
    return wanted;
  }

  private static StoredObject announced(ManifestFile file, @Nullable DraftObject object) {
    if (object == null) {
      throw mismatch("file " + file.index() + " names an object that is not one of this draft");
    }
    if (object.etag() == null) {
      throw mismatch("the object of file " + file.index() + " has not been completed");
    }
    if (object.size() != file.ciphertextSize()) {
      throw mismatch("the object of file " + file.index() + " has another size than announced");
    }
    return new StoredObject(object.name(), object.size(), object.etag());
  }

  private void inParallel(List<StoredObject> wanted) {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(PARALLEL, Thread.ofVirtual().factory())) {
      List<Future<?>> asked = new ArrayList<>();
      wanted.forEach(object -> asked.add(threads.submit(() -> requireStored(object))));
      for (Future<?> answer : asked) {
        answer.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Problem problem
          ? problem
          : new Problem(ProblemCode.INTERNAL, "the storage could not be asked", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "interrupted while asking the storage", e);
    }
  }

  private void requireStored(StoredObject object) {
    ObjectStorage.Stored stored =
        storage
            .head(object.objectName())
            .orElseThrow(() -> mismatch("an object is not in the storage any more"));
    if (stored.size() != object.size() || !stored.etag().equals(object.etag())) {
      throw mismatch("an object in the storage is not the one that was completed");
    }
  }

  private static Problem mismatch(String why) {
    return new Problem(ProblemCode.OBJECT_MISMATCH, "the version cannot be finalised: " + why);
  }
}
