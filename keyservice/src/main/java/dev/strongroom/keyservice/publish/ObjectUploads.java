package dev.strongroom.keyservice.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftObject;
import dev.strongroom.keyservice.catalog.DraftObjects;
import dev.strongroom.keyservice.proof.ProvenCaller;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The objects of a draft: begun, uploaded in parts by presigned URLs, completed or given up. */
final class ObjectUploads {
  private final Writers writers;
  private final DraftObjects objects;
  private final ObjectStorage storage;
  private final StorageCleaner cleaner;
  private final PublishLimits limits;
  private final SecureRandom random;

  ObjectUploads(
      Writers writers,
      DraftObjects objects,
      ObjectStorage storage,
      StorageCleaner cleaner,
      PublishLimits limits,
      SecureRandom random) {
    this.writers = writers;
    this.objects = objects;
    this.storage = storage;
    this.cleaner = cleaner;
    this.limits = limits;
    this.random = random;
  }

  Upload.Begun begin(DraftId id, ProvenCaller caller, Upload.Begin wanted) {
    Draft draft = writers.require(id, caller, wanted.fence());
    PartLayout layout = PartLayout.of(wanted.size(), limits.leastPartSize());
    if (objects.objectCount(id) >= limits.objects()) {
      throw new Problem(
          ProblemCode.TOO_LARGE,
          "a draft has at most " + limits.objects() + " objects; abandon those not needed");
    }
    String name = ObjectName.random(random).value();
    String uploadId = storage.beginUpload(name);
    DraftObject object =
        new DraftObject(name, wanted.size(), uploadId, layout.partSize(), layout.partCount(), null);
    if (!objects.addObject(draft, object)) {
      storage.abort(name, uploadId);
      throw Writers.fenced();
    }
    return new Upload.Begun(name, layout.partSize(), layout.partCount());
  }

  Upload.PartUrls partUrls(
      DraftId id, ProvenCaller caller, String name, Upload.PartsWanted wanted) {
    Draft draft = writers.require(id, caller, wanted.fence());
    DraftObject object = require(draft, name);
    if (object.etag() != null) {
      throw new Problem(
          ProblemCode.OBJECT_MISMATCH,
          "this object is whole already; abandon it to write another in its place");
    }
    int last = wanted.first() + wanted.count() - 1;
    if (last > object.partCount()) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "this object has the parts 1 to " + object.partCount());
    }
    return new Upload.PartUrls(
        IntStream.rangeClosed(wanted.first(), last)
            .mapToObj(number -> partUrl(object, number))
            .toList());
  }

  private Upload.PartUrl partUrl(DraftObject object, int number) {
    ObjectStorage.Presigned url =
        storage.presignPart(object.name(), object.uploadId(), number, limits.urlLifetime());
    return new Upload.PartUrl(number, url.url(), url.headers());
  }

  /** Completes an object; a second call for it gives the same answer. */
  Upload.Completed complete(DraftId id, ProvenCaller caller, String name, Upload.Complete wanted) {
    Draft draft = writers.require(id, caller, wanted.fence());
    DraftObject object = require(draft, name);
    if (object.etag() != null) {
      return new Upload.Completed(object.etag(), object.size());
    }
    requireAllParts(object, wanted.parts());
    ObjectStorage.Stored stored = complete(object, wanted.parts());
    if (stored.size() != object.size()) {
      throw new Problem(
          ProblemCode.OBJECT_MISMATCH,
          "the storage holds "
              + stored.size()
              + " bytes where "
              + object.size()
              + " were announced; abandon the object and begin a new one");
    }
    if (!objects.completeObject(draft, name, stored.etag())) {
      throw Writers.fenced();
    }
    return new Upload.Completed(stored.etag(), stored.size());
  }

  // An answer may have been lost, or the process died, after the storage had put it together: then
  // the upload is gone and the object is there. Only this upload can have made it.
  private ObjectStorage.Stored complete(DraftObject object, List<Upload.Part> parts) {
    try {
      return storage.complete(object.name(), object.uploadId(), parts);
    } catch (Problem e) {
      Optional<ObjectStorage.Stored> there = lookAfter(e, object.name());
      return there.orElseThrow(() -> e);
    }
  }

  // Where the look fails too, the one of both that may be repeated is told: a storage that no
  // longer
  // knows the upload may have put it together.
  private Optional<ObjectStorage.Stored> lookAfter(Problem failure, String name) {
    try {
      return storage.head(name);
    } catch (Problem e) {
      boolean repeatable = failure.code().category() == ProblemCode.Category.RETRY;
      Problem told = repeatable ? failure : e;
      told.addSuppressed(repeatable ? e : failure);
      throw told;
    }
  }

  private static void requireAllParts(DraftObject object, List<Upload.Part> parts) {
    boolean inOrder =
        parts.size() == object.partCount()
            && IntStream.range(0, parts.size()).allMatch(i -> parts.get(i).number() == i + 1);
    if (!inOrder) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST,
          "name the parts 1 to " + object.partCount() + " in order, each once");
    }
  }

  /** Gives an object up; harmless when it is not there. */
  void abandon(DraftId id, ProvenCaller caller, String name) {
    Draft draft = writers.require(id, caller);
    if (!objects.dropObject(draft, name)) {
      throw Writers.fenced();
    }
    cleaner.clean();
  }

  private DraftObject require(Draft draft, String name) {
    return objects
        .object(draft.id(), name)
        .orElseThrow(() ->
            new Problem(
                ProblemCode.OBJECT_MISMATCH,
                "this draft has no object of this name; begin one and use the name it gets"));
  }
}
