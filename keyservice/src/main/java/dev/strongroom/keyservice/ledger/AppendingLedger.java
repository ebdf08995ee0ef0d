package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.Entry;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogUnavailableException;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.store.Database;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The ledger over one audit log and one embedded store. Admissions run on the thread of the log,
 * against the state in memory; the event changes that state in the same step; rows follow in the
 * background. When the log fails after an admission, memory is ahead of it: the log takes nothing
 * more then, and neither does the ledger, until both are opened again.
 */
public final class AppendingLedger implements Ledger, AutoCloseable {
  private static final int REPLAY_BATCH = 4_096;
  private static final Duration ROWS_FOLLOW_WITHIN = Duration.ofSeconds(20);

  private final AuditLog log;
  private final LedgerState state;
  private final OrderingRules rules;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final LedgerView view;
  private final Projector projector;
  private final CommitFeed feed;
  private final AtomicReference<@Nullable RuntimeException> broken = new AtomicReference<>();

  private AppendingLedger(
      AuditLog log,
      LedgerState state,
      LedgerTables tables,
      LedgerLimits limits,
      Progress progress) {
    this.log = log;
    this.state = state;
    this.rules = new OrderingRules(state, limits.live());
    this.view = new LockedView(state, lock.readLock());
    this.projector = new Projector(tables, log, limits, progress);
    this.feed = new CommitFeed(log::size, () -> log.failure().isPresent(), projector);
  }

  /**
   * Opens the ledger: takes over what the tables hold, and replays what the log has beyond them.
   * Closing it closes neither log nor store; close the ledger first.
   *
   * @throws Problem {@link ProblemCode#STORE_MISMATCH} when the store belongs to another log or is
   *     ahead of this one; {@link ProblemCode#LOG_CORRUPT} when an entry is no event; {@link
   *     ProblemCode#STORE_UNAVAILABLE}; {@link ProblemCode#LOG_UNAVAILABLE}
   */
  public static AppendingLedger open(AuditLog log, Database store, LedgerLimits limits) {
    LedgerTables tables = new LedgerTables(store.jdbi(), limits);
    LogReader reader = readerOf(log);
    Progress[] progress = {LedgerReplay.startingPoint(tables, reader)};
    LedgerState state = tables.load(progress[0]);
    LedgerReplay.follow(
        reader,
        progress[0].nextIndex(),
        REPLAY_BATCH,
        batch -> {
          batch.forEach(entry -> state.apply(entry.index(), entry.event()));
          progress[0] = tables.write(progress[0], batch);
        });
    AppendingLedger ledger = new AppendingLedger(log, state, tables, limits, progress[0]);
    ledger.projector.start();
    ledger.feed.start();
    return ledger;
  }

  private static LogReader readerOf(AuditLog log) {
    try {
      return log.reader();
    } catch (LogUnavailableException e) {
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log cannot be read back", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "interrupted while the log was read back", e);
    }
  }

  @Override
  public <E extends LogEvent> Committed<E> commit(Admission<E> admission) {
    Submitted<E> submitted = new Submitted<>(admission);
    Receipt receipt = await(submitted);
    feed.wake();
    return new Committed<>(
        submitted.event(), receipt.index(), Blob.of(receipt.leaf()), receipt.toDetachedText());
  }

  private Receipt await(Entry entry) {
    try {
      return log.submit(entry).get();
    } catch (ExecutionException e) {
      throw refusal(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(
          ProblemCode.SHUTTING_DOWN, "interrupted before the log confirmed the entry", e);
    }
  }

  private static Problem refusal(@Nullable Throwable cause) {
    return switch (cause) {
      case Problem problem -> problem;
      case LogUnavailableException unavailable ->
          new Problem(
              switch (unavailable.reason()) {
                case QUEUE_FULL -> ProblemCode.OVERLOADED;
                case TIMEOUT, FAILED -> ProblemCode.LOG_UNAVAILABLE;
                case CLOSED -> ProblemCode.SHUTTING_DOWN;
              },
              "the log does not take the entry: " + unavailable.getMessage(),
              unavailable);
      case null -> new Problem(ProblemCode.INTERNAL, "the log refused the entry");
      default -> new Problem(ProblemCode.INTERNAL, "the entry could not be made", cause);
    };
  }

  /** One submission: remembers its event for the caller. */
  private final class Submitted<E extends LogEvent> implements Entry {
    private final Admission<E> admission;
    private @Nullable E event;

    Submitted(Admission<E> admission) {
      this.admission = admission;
    }

    @Override
    public byte[] admit(long index) {
      RuntimeException earlier = broken.get();
      if (earlier != null) {
        throw new Problem(
            ProblemCode.LOG_UNAVAILABLE, "the ledger stopped; restart the service", earlier);
      }
      E admitted = admission.admit(state);
      rules.require(admitted);
      byte[] leaf = EventCodec.write(admitted);
      apply(index, admitted);
      feed.admitted(new DurableEntry(index, admitted, leaf));
      event = admitted;
      return leaf;
    }

    E event() {
      if (event == null) {
        throw new IllegalStateException("there is no receipt for what was not admitted");
      }
      return event;
    }
  }

  private void apply(long index, LogEvent event) {
    lock.writeLock().lock();
    try {
      state.apply(index, event);
    } catch (RuntimeException e) {
      // Half an event in memory and none in the log: nothing that follows could be trusted.
      broken.compareAndSet(null, e);
      throw e;
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void requireGrantable(Holding asker, Sha256Digest nonceHash) {
    lock.readLock().lock();
    try {
      rules.requireGrantable(asker, nonceHash);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public LedgerView view() {
    return view;
  }

  @Override
  public long durableSize() {
    return log.size();
  }

  @Override
  public void subscribe(Listener listener) {
    feed.subscribe(listener);
  }

  /** Why the service should not be asked for anything now; empty while all is well. */
  public Optional<Problem> unreadiness() {
    Optional<Throwable> logFailure = log.failure();
    if (logFailure.isPresent() || broken.get() != null) {
      return Optional.of(
          new Problem(
              ProblemCode.LOG_UNAVAILABLE, "the log has stopped; look at its disk and restart"));
    }
    return projector
        .fault()
        .map(fault ->
            new Problem(
                ProblemCode.STORE_UNAVAILABLE,
                "rows do not follow the log; nothing is lost, look at the disk of the store",
                fault));
  }

  /**
   * Waits until the tables hold everything that is durable now.
   *
   * @return whether they do
   */
  public boolean awaitRows(Duration wait) throws InterruptedException {
    feed.wake();
    return projector.await(log.size(), wait);
  }

  /**
   * Waits likewise, for those whose answer has to be whole.
   *
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE} when the tables lack what the log has
   */
  void requireRows() {
    try {
      if (!awaitRows(ROWS_FOLLOW_WITHIN)) {
        throw new Problem(
            ProblemCode.STORE_UNAVAILABLE,
            "the store has not yet all that the log has; look at its disk, and ask again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "interrupted while rows followed the log", e);
    }
  }

  /** What it knows, for comparisons in tests. */
  LedgerState state() {
    return state;
  }

  /** Lets the rows catch up, and ends. Nothing may be committed any more. */
  @Override
  public void close() {
    feed.close();
    projector.close();
  }
}
