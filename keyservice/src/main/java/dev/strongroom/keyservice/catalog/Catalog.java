package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The published versions. */
public interface Catalog {

  /**
   * @throws dev.strongroom.core.problem.Problem {@code VERSION_UNKNOWN}, or {@code
   *     VERSION_NOT_PUBLISHED} while it is a draft
   */
  PublishedVersion published(ModelVersion target);

  List<PublishedVersion> versionsOf(ModelName model);

  /** Reads a version anew when it is asked for next: its data key was wrapped anew. */
  void forget(ModelVersion target);

  /**
   * A published version: immutable.
   *
   * @param wrapping of the data key; null when it was erased, or is missing
   * @param envelope the bytes of the DSSE envelope as the publisher sent them
   * @param objects by the index of the file in the manifest
   */
  record PublishedVersion(
      ModelVersion target,
      DataKeyId dataKeyId,
      Sha256Digest manifestDigest,
      @Nullable WrappedKey wrapping,
      Blob envelope,
      List<StoredObject> objects,
      long publishedAt) {
    public PublishedVersion {
      objects = List.copyOf(objects);
    }

    /**
     * @throws Problem {@link ProblemCode#KEY_UNWRAP_FAILED} when the store does not hold it
     */
    public WrappedKey wrappedKey() {
      if (wrapping == null) {
        throw new Problem(
            ProblemCode.KEY_UNWRAP_FAILED,
            "the store holds no wrapped key " + dataKeyId + "; restore it from a backup");
      }
      return wrapping;
    }
  }

  /**
   * One object of ciphertext.
   *
   * @param etag as the storage gave it when the object was whole; reads are pinned to it
   */
  record StoredObject(String objectName, long size, String etag) {}
}
