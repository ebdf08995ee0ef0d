package dev.strongroom.keyservice.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.ObjectRemovals;
import dev.strongroom.keyservice.storage.ObjectStorage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes given-up objects from the storage. What is owed stands in the store, so a storage that
 * does not answer, or a crash, only delays it: each later call tries again.
 */
final class StorageCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(StorageCleaner.class);

  private final ObjectRemovals removals;
  private final ObjectStorage storage;

  StorageCleaner(ObjectRemovals removals, ObjectStorage storage) {
    this.removals = removals;
    this.storage = storage;
  }

  /** Removes what is owed, as far as the storage answers. */
  void clean() {
    for (ObjectRemovals.Removal removal : removals.owed()) {
      try {
        storage.abort(removal.name(), removal.uploadId());
        storage.delete(removal.name());
      } catch (Problem e) {
        if (e.code() != ProblemCode.STORAGE_UNAVAILABLE) {
          throw e;
        }
        LOG.warn("objects that were given up are still in the storage: {}", e.getMessage());
        return;
      }
      removals.done(removal);
    }
  }
}
