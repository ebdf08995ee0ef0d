package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import java.io.IOException;

/** Puts parts into object storage. Safe for several threads. */
public interface PartStorage {
  /**
   * One attempt to put a part.
   *
   * @param url the presigned PUT
   * @param length how many bytes of the buffer, from its beginning
   * @return the ETag that the storage gave, unchanged
   * @throws IOException when the storage could not be reached or broke off: try again
   * @throws StorageRefusedException when it answered something else than success
   * @throws dev.strongroom.core.problem.Problem {@code STORAGE_HOST_REFUSED} when parts may not be
   *     sent there
   */
  String put(Upload.PartUrl url, byte[] buffer, int length)
      throws IOException, StorageRefusedException;
}
