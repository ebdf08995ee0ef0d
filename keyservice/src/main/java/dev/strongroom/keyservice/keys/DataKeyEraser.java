package dev.strongroom.keyservice.keys;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.ErasureStore;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.KeyErasure;
import dev.strongroom.keyservice.store.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Crypto-erase of a model version: it is revoked, its leases end, and every wrapping of its data
 * key is deleted from the store. The entry {@code data-key.erased} is durable before anything is
 * deleted, and decides: what a crash left is deleted by the next start, and what a restored backup
 * brings back, too. After the deletion the store is written anew; the store knows for which data
 * keys that was done, and it is done again for the others: by whoever asks again, by the next
 * start, and in the background, as a disk without room must not keep the service from starting.
 */
public final class DataKeyEraser implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataKeyEraser.class);
  private static final Duration SCRUB_AGAIN = Duration.ofMinutes(10);

  private final ErasureStore store;
  private final Database database;
  private final Catalog catalog;
  private final DataKeys dataKeys;
  private final Ledger ledger;
  private final RevocationFlow revocations;
  private final InstantSource clock;
  private final Duration scrubAgain;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("store-scrub").factory());
  private volatile int unscrubbed;

  public DataKeyEraser(
      Database database,
      Catalog catalog,
      DataKeys dataKeys,
      Ledger ledger,
      RevocationFlow revocations,
      InstantSource clock) {
    this(database, catalog, dataKeys, ledger, revocations, clock, SCRUB_AGAIN);
  }

  DataKeyEraser(
      Database database,
      Catalog catalog,
      DataKeys dataKeys,
      Ledger ledger,
      RevocationFlow revocations,
      InstantSource clock,
      Duration scrubAgain) {
    this.store = new ErasureStore(database.jdbi());
    this.database = database;
    this.catalog = catalog;
    this.dataKeys = dataKeys;
    this.ledger = ledger;
    this.revocations = revocations;
    this.clock = clock;
    this.scrubAgain = scrubAgain;
  }

  /**
   * What was erased.
   *
   * @param manifestDigest null where it was a draft
   * @param under the KEK version that it was under
   * @param revocation the standing deny that goes with it; null where it was lifted
   * @param ended the leases that it ended now
   * @param pending leases that it meets whose end could not be recorded yet
   */
  public record Erased(
      ModelVersion target,
      DataKeyId dataKeyId,
      @Nullable Sha256Digest manifestDigest,
      KekVersion under,
      @Nullable RevocationId revocation,
      List<LeaseId> ended,
      List<LeaseId> pending) {
    public Erased {
      ended = List.copyOf(ended);
      pending = List.copyOf(pending);
    }
  }

  /**
   * Deletes what the log says is erased and is there all the same. Called before grants begin.
   * Where the store cannot be written anew after that, it is tried again now and then.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE} when it cannot be deleted
   */
  public synchronized void completeAll() {
    boolean any = false;
    for (LogEvent.DataKeyErased entry : erasedForGood()) {
      any |= store.erase(target(entry), entry.dataKeyId());
    }
    if (any) {
      LOG.warn("wrapped keys that the log says are erased were there, and are deleted now");
    }
    scrubIfPossible();
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(
            this::scrubWhatIsLeft,
            scrubAgain.toMillis(),
            scrubAgain.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** After how many erasures the files of the store may still hold copies of what was deleted. */
  public int unscrubbed() {
    return unscrubbed;
  }

  private synchronized void scrubWhatIsLeft() {
    if (unscrubbed > 0) {
      scrubIfPossible();
    }
  }

  private void scrubIfPossible() {
    try {
      scrub();
    } catch (Problem e) {
      // Also where it could not be looked up how many.
      unscrubbed = Math.max(1, unscrubbed);
      if (e.code() != ProblemCode.SHUTTING_DOWN) {
        LOG.atWarn()
            .addKeyValue("code", e.code().wireName())
            .addKeyValue("erasures", unscrubbed)
            .log(e.getMessage());
      }
    }
  }

  /**
   * Erases. Asked again, it makes sure that it is done and says what was erased.
   *
   * @param by {@code issuer|subject} of who erases
   * @throws Problem {@link ProblemCode#VERSION_UNKNOWN}; {@link ProblemCode#OVERLOADED} while a
   *     draft is being finalised; {@link ProblemCode#LOG_UNAVAILABLE} while the log has not
   *     confirmed an earlier attempt; what ledger and store throw: ask again then
   */
  public synchronized Erased erase(ModelVersion target, String by) {
    KeyErasure before = ledger.view().erasedKeys().get(target);
    if (before != null) {
      ledger.requireDurable(before.index());
      complete(target, before.entry().dataKeyId());
      return erased(before.entry(), standing(target), List.of(), List.of());
    }
    ErasureStore.Found _ = settled(target);
    RevocationFlow.Added revoked = revocations.add(selector(target), "its data key is erased", by);
    // Again: nothing is published from here on, and it may have been a moment ago.
    ErasureStore.Found found = settled(target);
    LogEvent.DataKeyErased entry =
        new LogEvent.DataKeyErased(
            clock.millis(),
            target.model(),
            target.version(),
            found.dataKeyId(),
            found.manifestDigest(),
            found.under().backend(),
            found.under().kekId(),
            found.under().version(),
            by);
    ledger.commit(view -> entry);
    complete(target, found.dataKeyId());
    return erased(entry, revoked.revocation(), revoked.ended(), revoked.pending());
  }

  /**
   * Looks whether {@link #erase} would begin now. Changes nothing.
   *
   * @throws Problem {@link ProblemCode#VERSION_UNKNOWN}; {@link ProblemCode#OVERLOADED}; what the
   *     store throws
   */
  public void look(ModelVersion target) {
    if (!ledger.view().erasedKeys().containsKey(target)) {
      ErasureStore.Found _ = settled(target);
    }
  }

  private static Erased erased(
      LogEvent.DataKeyErased entry,
      @Nullable RevocationId revocation,
      List<LeaseId> ended,
      List<LeaseId> pending) {
    return new Erased(
        target(entry),
        entry.dataKeyId(),
        entry.manifestDigest(),
        new KekVersion(entry.backend(), entry.kek(), entry.kekVersion()),
        revocation,
        ended,
        pending);
  }

  private static RevocationSelector selector(ModelVersion target) {
    return new RevocationSelector(null, null, null, null, target.model(), target.version());
  }

  private @Nullable RevocationId standing(ModelVersion target) {
    return ledger.view().revocations().stream()
        .filter(revocation -> revocation.selector().equals(selector(target)))
        .map(LedgerView.Revocation::id)
        .findFirst()
        .orElse(null);
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
    dataKeys.forget(target::equals);
    scrub();
  }

  /**
   * Writes the store anew, unless that was done after each deletion.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}, {@link ProblemCode#SHUTTING_DOWN}
   */
  private void scrub() {
    Set<DataKeyId> scrubbed = store.scrubbed();
    List<LogEvent.DataKeyErased> open =
        erasedForGood().stream().filter(entry -> !scrubbed.contains(entry.dataKeyId())).toList();
    unscrubbed = open.size();
    if (!open.isEmpty()) {
      open.forEach(entry -> {
        boolean _ = store.erase(target(entry), entry.dataKeyId());
      });
      writeAnewAfter(
          open.stream().map(LogEvent.DataKeyErased::dataKeyId).collect(Collectors.toSet()));
      unscrubbed = 0;
    }
  }

  private void writeAnewAfter(Set<DataKeyId> erased) {
    try {
      database.scrub();
      store.keepScrubbed(erased);
    } catch (Problem e) {
      throw e.code() != ProblemCode.STORE_UNAVAILABLE
          ? e
          : new Problem(
              e.code(),
              "what was erased is deleted, and opens nothing any more, but the files of the store"
                  + " may still hold copies of the wrapped keys: "
                  + e.getMessage()
                  + ". It is tried again every "
                  + scrubAgain.toMinutes()
                  + " minutes, and at once when you ask again",
              e);
    }
  }

  // Those that a restart knows, too.
  private List<LogEvent.DataKeyErased> erasedForGood() {
    Collection<KeyErasure> admitted = ledger.view().erasedKeys().values();
    long durable = ledger.durableSize();
    return admitted.stream()
        .filter(erasure -> erasure.index() < durable)
        .map(KeyErasure::entry)
        .toList();
  }

  private static ModelVersion target(LogEvent.DataKeyErased entry) {
    return new ModelVersion(entry.model(), entry.version());
  }

  /** Gives up writing the store anew; the next start does it. */
  @Override
  public void close() {
    database.endScrub();
    timer.close();
  }

  private static Problem unknown() {
    return new Problem(
        ProblemCode.VERSION_UNKNOWN,
        "there is no such version or draft; check the model's name too");
  }
}
