package dev.strongroom.keyservice.grant;

import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.ObjectStorage.Presigned;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Presigned GETs for the files of a version. */
public final class ReadUrls {
  private final ObjectStorage storage;
  private final Duration lifetime;

  /**
   * @param lifetime of a URL
   */
  public ReadUrls(ObjectStorage storage, Duration lifetime) {
    this.storage = storage;
    this.lifetime = lifetime;
  }

  /** For the first {@code most} files. */
  public List<ObjectUrl> first(PublishedVersion version, int most) {
    return IntStream.range(0, Math.min(most, version.objects().size()))
        .mapToObj(index -> url(version, index))
        .toList();
  }

  /**
   * For these files.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} for an index that the manifest does not
   *     have
   */
  public List<ObjectUrl> of(PublishedVersion version, List<Integer> indexes) {
    for (int index : indexes) {
      if (index < 0 || index >= version.objects().size()) {
        throw new Problem(
            ProblemCode.MALFORMED_REQUEST,
            "the manifest has the files 0 to " + (version.objects().size() - 1));
      }
    }
    return indexes.stream().map(index -> url(version, index)).toList();
  }

  private ObjectUrl url(PublishedVersion version, int index) {
    StoredObject object = version.objects().get(index);
    Presigned presigned = storage.presignGet(object.objectName(), object.etag(), lifetime);
    return new ObjectUrl(
        index, presigned.url(), presigned.headers(), object.size(), lifetime.toSeconds());
  }
}
