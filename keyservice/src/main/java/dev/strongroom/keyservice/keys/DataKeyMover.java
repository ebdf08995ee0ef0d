package dev.strongroom.keyservice.keys;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Entry;
import dev.strongroom.keyservice.catalog.WrappedKeyStore.Replacement;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps data keys anew: under the newest version of the KEK in use, or out of former KEKs.
 * Ciphertext of weights is not touched, and grants go on: the old wrapping opens as long as the new
 * one is not in its place.
 *
 * <p>Each key is opened in its old and in its new wrapping and compared, the entry of a batch is in
 * the log before its rows are changed, and what is there already is passed over: after a crash a
 * second run goes on where the first ended.
 */
final class DataKeyMover {
  private static final Logger LOG = LoggerFactory.getLogger(DataKeyMover.class);
  private static final int BATCH = 100;

  /** Few, so that grants have the better part of a backend's concurrency. */
  private static final int AT_ONCE = 4;

  /** Of a backend, before a move stops. */
  private static final Duration LONGEST_SILENCE = Duration.ofHours(1);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final KeyRing keks;
  private final WrappingGate gate;
  private final WrappedKeyStore store;
  private final MissingVersions missing;
  private final Catalog catalog;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Pause pause;

  /** Which data keys move. The two never meet: what is under a former KEK is not under another. */
  enum Kind {
    /** Those under the KEK in use that are not under its newest version. */
    REWRAP,
    /** Those that are not under the KEK in use. */
    MIGRATE
  }

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void lasting(Duration duration) throws InterruptedException;
  }

  /** Hears of progress. */
  @FunctionalInterface
  interface Report {
    void update(UnaryOperator<MoveProgress> change);
  }

  DataKeyMover(
      KeyRing keks,
      WrappingGate gate,
      WrappedKeyStore store,
      Catalog catalog,
      Ledger ledger,
      InstantSource clock,
      Pause pause) {
    this.keks = keks;
    this.gate = gate;
    this.store = store;
    this.missing = new MissingVersions(store);
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
  void run(Kind kind, String by, Report report) throws InterruptedException {
    Patience patience = new Patience(report);
    KekStatus newest = patience.call(keks::status);
    for (KeyRing.Member member : keks.members()) {
      patience.run(() -> missing.requireNone(member));
    }
    WrappedKeyStore.Place last = WrappedKeyStore.START;
    while (last != null) {
      last = move(kind, newest, last, by, report, patience);
    }
  }

  /**
   * Moves the next batch. No KEK is destroyed from the look at it until its rows are committed.
   *
   * @return where it ended; null where there was none
   */
  private WrappedKeyStore.@Nullable Place move(
      Kind kind,
      KekStatus newest,
      WrappedKeyStore.Place after,
      String by,
      Report report,
      Patience patience)
      throws InterruptedException {
    try (WrappingGate.Passage _ = gate.wrapping()) {
      List<Entry> batch = store.after(after, BATCH);
      List<Entry> toMove =
          batch.stream().filter(entry -> isToMove(kind, newest, entry.wrapped())).toList();
      List<Replacement> moved = moved(kind, toMove, patience);
      int kept = keep(kind, moved, by);
      report.update(so -> so.plus(batch.size(), kept, toMove.size() - moved.size()));
      return batch.isEmpty() ? null : batch.getLast().place();
    }
  }

  private boolean isToMove(Kind kind, KekStatus newest, WrappedKey wrapped) {
    boolean inUse = keks.inUse().covers(KekVersion.of(wrapped));
    return switch (kind) {
      // A backend that keeps its versions to itself is asked to wrap everything anew each time.
      case REWRAP ->
          inUse
              && !(wrapped.kekId().equals(newest.kekId())
                  && wrapped.kekVersion().equals(newest.newestVersion())
                  && !newest.newestVersion().isEmpty());
      case MIGRATE -> !inUse;
    };
  }

  /** A key that does not open is left as it is, and does not stop the others. */
  private List<Replacement> moved(Kind kind, List<Entry> entries, Patience patience)
      throws InterruptedException {
    List<Callable<WrappedKey>> moves = new ArrayList<>();
    for (Entry entry : entries) {
      moves.add(() -> patience.call(() -> verified(kind, entry)));
    }
    List<Future<WrappedKey>> ends;
    try (ExecutorService threads =
        Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
      ends = threads.invokeAll(moves);
    }
    List<Replacement> moved = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      try {
        moved.add(new Replacement(entries.get(i), ends.get(i).get()));
      } catch (ExecutionException e) {
        leave(entries.get(i), e);
      }
    }
    return moved;
  }

  private static void leave(Entry entry, ExecutionException end) {
    switch (end.getCause()) {
      case Problem e when e.code() == ProblemCode.KEY_UNWRAP_FAILED ->
          LOG.atError()
              .addKeyValue("dataKey", entry.place().dataKeyId())
              .addKeyValue("code", e.code().wireName())
              .log("a data key was not moved: {}", e.getMessage());
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> throw new IllegalStateException("a data key was not moved", end);
    }
  }

  /** Whether it is trouble of a backend that passes without anybody. */
  static boolean passes(Problem trouble) {
    return trouble.code() == ProblemCode.KEY_BACKEND_UNAVAILABLE
        || trouble.code() == ProblemCode.KEY_BACKEND_THROTTLED;
  }

  /** Waits for a backend that is away: what may take hours does not end with a restart of it. */
  private final class Patience {
    private final Report report;
    private final AtomicReference<String> waitsFor = new AtomicReference<>("");
    private volatile Instant answered = clock.instant();

    Patience(Report report) {
      this.report = report;
    }

    void run(Runnable call) throws InterruptedException {
      var _ =
          call(() -> {
            call.run();
            return call;
          });
    }

    <T> T call(Supplier<T> call) throws InterruptedException {
      while (true) {
        try {
          T answer = call.get();
          answered = clock.instant();
          tell("");
          return answer;
        } catch (Problem e) {
          if (!passes(e) || !clock.instant().isBefore(answered.plus(LONGEST_SILENCE))) {
            throw e;
          }
          tell(e.code().wireName());
          pause.lasting(e.retryAfter().compareTo(PAUSE) > 0 ? e.retryAfter() : PAUSE);
        }
      }
    }

    private void tell(String code) {
      if (!waitsFor.getAndSet(code).equals(code)) {
        report.update(so -> so.waiting(code));
      }
    }
  }

  private WrappedKey verified(Kind kind, Entry entry) {
    try (SecretBytes before = keks.unwrap(entry.wrapped(), entry.context())) {
      WrappedKey moved =
          switch (kind) {
            case REWRAP -> keks.rewrap(entry.wrapped(), entry.context());
            case MIGRATE -> keks.wrap(before, entry.context());
          };
      try (SecretBytes after = keks.inUse().kek().unwrap(moved, entry.context())) {
        if (!before.use(after::sameAs)) {
          throw WrappedKey.refused("its new wrapping opens to another key, and was not kept");
        }
      }
      return moved;
    }
  }

  /** Records each way of the batch, then puts what was recorded into the store. */
  private int keep(Kind kind, List<Replacement> moved, String by) {
    List<Replacement> kept = new ArrayList<>();
    ways(moved).forEach((way, those) -> kept.addAll(recorded(kind, way, those, by)));
    store.replace(kept);
    kept.forEach(replacement -> catalog.forget(replacement.before().context().target()));
    return kept.size();
  }

  /** From which KEK to which version of the one in use: one entry says one of each. */
  private record Way(String fromBackend, String fromKek, KekVersion to) {
    static Way of(Replacement moved) {
      WrappedKey before = moved.before().wrapped();
      return new Way(before.backend(), before.kekId(), KekVersion.of(moved.after()));
    }
  }

  private static Map<Way, List<Replacement>> ways(List<Replacement> moved) {
    Map<Way, List<Replacement>> ways = new LinkedHashMap<>();
    for (Replacement each : moved) {
      ways.computeIfAbsent(Way.of(each), absent -> new ArrayList<>()).add(each);
    }
    return ways;
  }

  /**
   * What is left of these when the entry says that they moved: no key that was erased meanwhile.
   */
  private List<Replacement> recorded(Kind kind, Way way, List<Replacement> those, String by) {
    List<Replacement> left = new ArrayList<>();
    try {
      ledger.commit(view -> {
        left.clear();
        for (Replacement each : those) {
          if (!view.erasedKeys().containsKey(each.before().context().target())) {
            left.add(each);
          }
        }
        if (left.isEmpty()) {
          throw new Problem(
              ProblemCode.DATA_KEY_ERASED, "every key of the batch was erased meanwhile");
        }
        return event(kind, way, ids(left), by);
      });
    } catch (Problem e) {
      if (e.code() != ProblemCode.DATA_KEY_ERASED) {
        throw e;
      }
    }
    return left;
  }

  private LogEvent event(Kind kind, Way way, List<DataKeyId> dataKeys, String by) {
    return switch (kind) {
      case REWRAP ->
          new LogEvent.DataKeysRewrapped(
              clock.millis(),
              way.to().backend(),
              way.to().kekId(),
              way.to().version(),
              dataKeys,
              by);
      case MIGRATE ->
          new LogEvent.DataKeysMigrated(
              clock.millis(),
              way.fromBackend(),
              way.fromKek(),
              way.to().backend(),
              way.to().kekId(),
              way.to().version(),
              dataKeys,
              by);
    };
  }

  private static List<DataKeyId> ids(List<Replacement> moved) {
    return moved.stream().map(replacement -> replacement.before().context().dataKeyId()).toList();
  }
}
