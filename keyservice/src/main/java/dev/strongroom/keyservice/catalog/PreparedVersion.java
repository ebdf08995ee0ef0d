package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.util.List;

/**
 * Everything that a version will consist of, before its entry is appended to the log.
 *
 * @param draft as its writer finalises it
 * @param manifestDigest SHA-256 over the signed manifest
 * @param envelope the bytes of the DSSE envelope
 * @param wrappedKey the data key under a context with the manifest digest
 * @param objects by the index of the file in the manifest
 * @param publishedAt seconds since the epoch
 * @param logFrom the entry cannot stand below this index of the log
 */
public record PreparedVersion(
    Draft draft,
    Sha256Digest manifestDigest,
    Blob envelope,
    WrappedKey wrappedKey,
    List<StoredObject> objects,
    long publishedAt,
    long logFrom) {
  public PreparedVersion {
    objects = List.copyOf(objects);
  }
}
