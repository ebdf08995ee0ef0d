package dev.strongroom.keyservice.catalog;

import org.jspecify.annotations.Nullable;

/**
 * One object of a draft.
 *
 * @param name the opaque name
 * @param size bytes, as announced when it was begun
 * @param uploadId the multipart upload, as the storage names it
 * @param partSize bytes of each part but the last
 * @param partCount 1 to 10,000
 * @param etag as the storage gave it when the object was whole; null before
 */
public record DraftObject(
    String name, long size, String uploadId, long partSize, int partCount, @Nullable String etag) {}
