package dev.strongroom.keyservice.storage;

import dev.strongroom.core.grant.Upload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The object storage that holds ciphertext. The service presigns; weights never pass through it.
 * Presigning asks nobody; every other call throws {@code STORAGE_UNAVAILABLE} when the storage does
 * not answer, or refuses the service.
 */
public interface ObjectStorage extends AutoCloseable {

  /**
   * A presigned GET, pinned to the object as it was when published.
   *
   * @param etag sent as {@code If-Match}, among the signed headers
   */
  Presigned presignGet(String objectName, String etag, Duration lifetime);

  /** Begins a multipart upload; the answer names it in later calls. */
  String beginUpload(String objectName);

  Presigned presignPart(String objectName, String uploadId, int partNumber, Duration lifetime);

  /**
   * Puts the parts together.
   *
   * @return what is stored then, by a look of its own: not every storage names the ETag that it
   *     will keep when it answers the completion
   * @throws dev.strongroom.core.problem.Problem {@code OBJECT_MISMATCH} when the storage does not
   *     hold exactly these parts
   */
  Stored complete(String objectName, String uploadId, List<Upload.Part> parts);

  /** Gives an upload up; harmless when it is gone already. */
  void abort(String objectName, String uploadId);

  /** What is stored under this name. */
  Optional<Stored> head(String objectName);

  void delete(String objectName);

  /** Whether the storage answers, for readiness. */
  void check();

  @Override
  void close();

  /**
   * A presigned URL; a secret for as long as it lives.
   *
   * @param headers signed headers that must be sent
   */
  record Presigned(String url, Map<String, String> headers) {
    @Override
    public String toString() {
      return "Presigned[]";
    }
  }

  /** What the storage says of an object. */
  record Stored(long size, String etag) {}
}
