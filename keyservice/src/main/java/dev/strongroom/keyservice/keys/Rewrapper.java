package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Entry;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Replacement;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves every data key to the newest KEK version. Ciphertext of weights is not touched, and grants
 * go on: the old wrapping opens as long as the new one is not in its place.
 *
 * <p>Each key is opened in its old and in its new wrapping and compared, the entry of a batch is in
 * the log before its rows are changed, and what is under the newest version already is passed over:
 * after a crash a second run goes on where the first ended.
 */
final class Rewrapper {
  private static final Logger LOG = LoggerFactory.getLogger(Rewrapper.class);
  private static final int BATCH = 100;
  private static final int PATIENCE = 60;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final KeyWrapper kek;
  private final WrappedKeyStore store;
  private final Catalog catalog;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Pause pause;

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void lasting(Duration duration) throws InterruptedException;
  }

  Rewrapper(
      KeyWrapper kek,
      WrappedKeyStore store,
      Catalog catalog,
      Ledger ledger,
      InstantSource clock,
      Pause pause) {
    this.kek = kek;
    this.store = store;
    this.catalog = catalog;
    this.ledger = ledger;
    this.clock = clock;
    this.pause = pause;
  }

  /**
   * Runs to the end.
   *
   * @param by {@code issuer|subject} of who asked for it
   * @param report is told of each batch
   * @throws Problem of what stopped it; a later run goes on
   */
  void run(String by, Report report) throws InterruptedException {
    KekStatus newest = kek.status();
    List<Entry> batch = store.after(WrappedKeyStore.START, BATCH);
    while (!batch.isEmpty()) {
      List<Entry> older =
          batch.stream().filter(entry -> !isUnder(newest, entry.wrapped())).toList();
      List<Replacement> moved = moved(older);
      keep(moved, newest, by);
      int looked = batch.size();
      report.update(so -> so.plus(looked, moved.size(), older.size() - moved.size()));
      batch = store.after(batch.getLast().place(), BATCH);
    }
  }

  /** A key that does not open is left as it is, and does not stop the others. */
  private List<Replacement> moved(List<Entry> entries) throws InterruptedException {
    List<Replacement> moved = new ArrayList<>();
    for (Entry entry : entries) {
      try {
        moved.add(new Replacement(entry, patiently(entry)));
      } catch (Problem e) {
        if (e.code() != ProblemCode.KEY_UNWRAP_FAILED) {
          throw e;
        }
        LOG.atError()
            .addKeyValue("dataKey", entry.place().dataKeyId())
            .addKeyValue("code", e.code().wireName())
            .log("a data key was not rewrapped: {}", e.getMessage());
      }
    }
    return moved;
  }

  /** Hears of progress. */
  @FunctionalInterface
  interface Report {
    void update(UnaryOperator<RewrapProgress> change);
  }

  // A backend that keeps its versions to itself is asked to wrap everything anew each time.
  private static boolean isUnder(KekStatus newest, WrappedKey wrapped) {
    return !newest.newestVersion().isEmpty()
        && wrapped.backend().equals(newest.backend())
        && wrapped.kekId().equals(newest.kekId())
        && wrapped.kekVersion().equals(newest.newestVersion());
  }

  /** A backend that is away for a while does not end what may take hours. */
  private WrappedKey patiently(Entry entry) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return verified(entry);
      } catch (Problem e) {
        boolean passes =
            e.code() == ProblemCode.KEY_BACKEND_UNAVAILABLE
                || e.code() == ProblemCode.KEY_BACKEND_THROTTLED;
        if (!passes || attempt >= PATIENCE) {
          throw e;
        }
        pause.lasting(PAUSE);
      }
    }
  }

  private WrappedKey verified(Entry entry) {
    WrappedKey moved = kek.rewrap(entry.wrapped(), entry.context());
    try (SecretBytes before = kek.unwrap(entry.wrapped(), entry.context());
        SecretBytes after = kek.unwrap(moved, entry.context())) {
      if (!before.use(after::sameAs)) {
        throw WrappedKey.refused("its new wrapping opens to another key, and was not kept");
      }
    }
    return moved;
  }

  private void keep(List<Replacement> moved, KekStatus newest, String by) {
    if (moved.isEmpty()) {
      return;
    }
    ledger.commit(view ->
        new LogEvent.DataKeysRewrapped(
            clock.millis(),
            newest.backend(),
            newest.kekId(),
            newest.newestVersion(),
            moved.stream().map(replacement -> replacement.before().context().dataKeyId()).toList(),
            by));
    store.replace(moved);
    moved.forEach(replacement -> catalog.forget(replacement.before().context().target()));
  }
}
