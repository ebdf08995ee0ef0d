package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.util.List;

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
   * @param envelope the bytes of the DSSE envelope as the publisher sent them
   * @param objects by the index of the file in the manifest
   */
  record PublishedVersion(
      ModelVersion target,
      DataKeyId dataKeyId,
      Sha256Digest manifestDigest,
      WrappedKey wrappedKey,
      Blob envelope,
      List<StoredObject> objects,
      long publishedAt) {
    public PublishedVersion {
      objects = List.copyOf(objects);
    }
  }

  /**
   * One object of ciphertext.
   *
   * @param etag as the storage gave it when the object was whole; reads are pinned to it
   */
  record StoredObject(String objectName, long size, String etag) {}
}
