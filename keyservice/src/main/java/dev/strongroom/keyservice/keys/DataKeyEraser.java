package dev.strongroom.keyservice.keys;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.ErasureStore;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.store.Database;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Crypto-erase of a model version: it is revoked, its leases end, and every wrapping of its data
 * key is deleted from the store. The entry {@code data-key.erased} is durable before anything is
 * deleted, and decides: what a crash left is deleted by the next start, and what a restored backup
 * brings back, too.
 */
public final class DataKeyEraser {
  private static final Logger LOG = LoggerFactory.getLogger(DataKeyEraser.class);

  private final ErasureStore store;
  private final Database database;
  private final Catalog catalog;
  private final Ledger ledger;
  private final RevocationFlow revocations;
  private final InstantSource clock;

  public DataKeyEraser(
      Database database,
      Catalog catalog,
      Ledger ledger,
      RevocationFlow revocations,
      InstantSource clock) {
    this.store = new ErasureStore(database.jdbi());
    this.database = database;
    this.catalog = catalog;
    this.ledger = ledger;
    this.revocations = revocations;
    this.clock = clock;
  }

  /**
   * What was erased.
   *
   * @param manifestDigest null where it was a draft
   * @param under the KEK version that it was under
   * @param revocation the standing deny that goes with it, and the leases that it ended
   */
  public record Erased(
      ModelVersion target,
      DataKeyId dataKeyId,
      @Nullable Sha256Digest manifestDigest,
      KekVersion under,
      RevocationFlow.Added revocation) {}

  /** Deletes what the log says is erased and is there all the same. Called before grants begin. */
  public void completeAll() {
    boolean any = false;
    for (Map.Entry<ModelVersion, DataKeyId> erased : ledger.view().erasedKeys().entrySet()) {
      any |= store.erase(erased.getKey(), erased.getValue());
    }
    if (any) {
      LOG.warn("wrapped keys that the log says are erased were there, and are deleted now");
      database.scrub();
    }
  }

  /**
   * Erases.
   *
   * @param by {@code issuer|subject} of who erases
   * @throws Problem {@link ProblemCode#VERSION_UNKNOWN}; {@link ProblemCode#DATA_KEY_ERASED} when
   *     that was done before, after making sure that it is; {@link ProblemCode#OVERLOADED} while a
   *     draft is being finalised; what ledger and store throw: ask again then
   */
  public synchronized Erased erase(ModelVersion target, String by) {
    DataKeyId before = ledger.view().erasedKeys().get(target);
    if (before != null) {
      complete(target, before);
      throw new Problem(
          ProblemCode.DATA_KEY_ERASED,
          "the data key " + before + " of this version is erased; nothing is left to do");
    }
    ErasureStore.Found _ = settled(target);
    RevocationFlow.Added revoked =
        revocations.add(
            new RevocationSelector(null, null, null, null, target.model(), target.version()),
            "its data key is erased",
            by);
    // Again: nothing is published from here on, and it may have been a moment ago.
    ErasureStore.Found found = settled(target);
    ledger.commit(view ->
        new LogEvent.DataKeyErased(
            clock.millis(),
            target.model(),
            target.version(),
            found.dataKeyId(),
            found.manifestDigest(),
            found.under().backend(),
            found.under().kekId(),
            found.under().version(),
            by));
    complete(target, found.dataKeyId());
    return new Erased(target, found.dataKeyId(), found.manifestDigest(), found.under(), revoked);
  }

  private ErasureStore.Found settled(ModelVersion target) {
    ErasureStore.Found found = store.find(target).orElseThrow(DataKeyEraser::unknown);
    if (!found.isSettled()) {
      throw new Problem(
          ProblemCode.OVERLOADED, "this draft is being finalised or abandoned; ask again");
    }
    return found;
  }

  private void complete(ModelVersion target, DataKeyId dataKeyId) {
    boolean _ = store.erase(target, dataKeyId);
    catalog.forget(target);
    database.scrub();
  }

  private static Problem unknown() {
    return new Problem(
        ProblemCode.VERSION_UNKNOWN,
        "there is no such version or draft; check the model's name too");
  }
}
