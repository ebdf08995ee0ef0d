package dev.strongroom.auditlog;

import dev.strongroom.auditlog.LogUnavailableException.Reason;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An append-only Merkle log in a directory. An entry is on the disk, and under a signed checkpoint,
 * before its receipt exists. Whatever goes wrong, nothing more is confirmed: the first I/O error, a
 * removed journal, a lost fencing term each stop the log until it is opened again.
 */
public final class AuditLog implements AutoCloseable {
  private final AuditLogConfig config;
  private final LogFiles files;
  private final DirectoryLock lock;
  private final SubmissionQueue queue;
  private final Publisher publisher;
  private final Sequencer sequencer;
  private final Recovery recovery;
  private final Thread thread;
  private final ExecutorService receipts =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("auditlog-receipts").factory());
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("auditlog-watch").factory());
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private @Nullable ScheduledFuture<?> expiry;
  private boolean closed;

  /**
   * What opening found.
   *
   * @param replayedEntries entries that were in the journal but not yet in synced tiles
   * @param droppedBytes bytes of a last batch that a crash tore; nobody had been told of it
   */
  public record Recovery(long replayedEntries, long droppedBytes) {}

  private AuditLog(
      AuditLogConfig config,
      LogKeys keys,
      InstantSource clock,
      LogFiles files,
      DirectoryLock lock,
      long term,
      LogRecovery.Recovered start)
      throws IOException {
    this.config = config;
    this.files = files;
    this.lock = lock;
    this.recovery = new Recovery(start.replayed(), start.tornBytes());
    this.queue = new SubmissionQueue(config.queueCapacity());
    this.publisher = new Publisher(files, start.tiles(), start.checkpoint(), config, this::fail);
    this.sequencer =
        new Sequencer(
            config,
            queue,
            HeadRegister.at(files, term, start.checkpoint().head()),
            new CheckpointIssuer(keys, clock),
            publisher,
            receipts,
            JournalFile.create(files.journal(), start.checkpoint().size()),
            files.journal(),
            start);
    this.thread = Thread.ofPlatform().daemon().name("auditlog-sequencer").unstarted(this::sequence);
  }

  /**
   * Opens a log, or begins one. Recovers from a crash: what was confirmed is there afterwards.
   *
   * @param keys the keys that sign from now on; their name is the log's origin
   * @param clock the time that the ML-DSA-44 cosignature states
   * @throws AuditLogException {@code log-locked} (open elsewhere), {@code log-missing}, {@code
   *     log-io-failed}, or, naming the first bad index where there is one: {@code
   *     checkpoint-missing}, {@code root-mismatch}, {@code entry-mismatch}, {@code tile-missing},
   *     {@code bundle-missing}, {@code journal-corrupt}, {@code journal-gap}, {@code
   *     log-rolled-back} (smaller than a known checkpoint), {@code log-forked} (inconsistent with
   *     one), or any code of {@link Checkpoint#verify(String, LogTrust, java.time.Instant)}
   */
  public static AuditLog open(AuditLogConfig config, LogKeys keys, InstantSource clock) {
    LogFiles files = new LogFiles(config.directory().toAbsolutePath().normalize());
    try {
      files.prepare();
      DirectoryLock lock = DirectoryLock.acquire(files.root());
      try {
        long term = HeadRegister.takeTerm(files);
        LogRecovery.Recovered start = new LogRecovery(files, config, keys, clock).run();
        AuditLog log = new AuditLog(config, keys, clock, files, lock, term, start);
        log.start();
        return log;
      } catch (IOException | GeneralSecurityException | RuntimeException refused) {
        lock.close();
        throw refused;
      }
    } catch (IOException failed) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED, "the log cannot be opened: " + failed.getMessage(), failed);
    } catch (GeneralSecurityException failed) {
      throw new AuditLogException(
          LogCode.KEY_UNSUITABLE, "the log's keys cannot sign: " + failed.getMessage(), failed);
    }
  }

  private void start() {
    publisher.start();
    thread.start();
    long period = Math.max(1, config.maxWait().toMillis() / 8);
    expiry = watch.scheduleAtFixedRate(this::expire, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Asks for an entry to be appended. Never blocks.
   *
   * @return completes with the receipt once the entry is durable, on a thread of the log on which
   *     nobody may block; or exceptionally with the very {@link EntryRefusedException} or runtime
   *     exception that {@link Entry#admit} threw, or with {@link LogUnavailableException}
   */
  public CompletableFuture<Receipt> submit(Entry entry) {
    CompletableFuture<Receipt> receipt = new CompletableFuture<>();
    long deadline = System.nanoTime() + config.maxWait().toNanos();
    SubmissionQueue.Offer offer = queue.offer(new Submission(entry, receipt, deadline));
    switch (offer) {
      case ACCEPTED -> {}
      case FULL ->
          receipt.completeExceptionally(
              new LogUnavailableException(
                  Reason.QUEUE_FULL,
                  config.queueCapacity() + " submissions wait already; try again after a pause",
                  null));
      case CLOSED -> receipt.completeExceptionally(unavailable());
    }
    return receipt;
  }

  private LogUnavailableException unavailable() {
    Throwable cause = failure.get();
    return cause == null
        ? new LogUnavailableException(Reason.CLOSED, "the log is closed", null)
        : new LogUnavailableException(
            Reason.FAILED,
            "the log stopped and confirms nothing more until it is opened again: "
                + cause.getMessage(),
            cause);
  }

  /** The last durable checkpoint. It may not be in the directory yet: see {@link #reader()}. */
  public Checkpoint checkpoint() {
    return sequencer.checkpoint();
  }

  /** The number of durable entries. */
  public long size() {
    return checkpoint().size();
  }

  /** How many submissions wait. */
  public int queued() {
    return queue.size();
  }

  /** What opening found. */
  public Recovery recovery() {
    return recovery;
  }

  /** Why the log stopped; empty while it works. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  /**
   * A reader over everything durable at this moment. Waits, at most {@code maxWait}, until the
   * tiles are written.
   *
   * @throws LogUnavailableException if they are not written in time, or the log failed
   */
  public LogReader reader() throws LogUnavailableException, InterruptedException {
    Checkpoint published = publisher.awaitPublished(size(), config.maxWait());
    if (published == null) {
      throw failure.get() == null
          ? new LogUnavailableException(Reason.TIMEOUT, "the tiles are not written yet", null)
          : unavailable();
    }
    return new LogReader(files.root(), published);
  }

  private void sequence() {
    try {
      sequencer.run();
      if (!queue.isClosed()) {
        fail(new IllegalStateException("the log's thread ended while the log was open"));
      }
    } catch (IOException | GeneralSecurityException | RuntimeException | Error failed) {
      fail(failed);
    }
  }

  private void fail(Throwable cause) {
    failure.compareAndSet(null, cause);
    publisher.abandon(cause);
    List<Submission> waiting = queue.closeAndDrain();
    List<Submission> unconfirmed = sequencer.inFlight();
    LogUnavailableException reason = unavailable();
    receipts.execute(() -> {
      unconfirmed.forEach(submission -> submission.fail(reason));
      waiting.forEach(submission -> submission.fail(reason));
    });
  }

  private void expire() {
    long now = System.nanoTime();
    LogUnavailableException reason =
        new LogUnavailableException(
            Reason.TIMEOUT,
            "no confirmation within " + config.maxWait().toMillis() + " ms; the disk may hang",
            null);
    for (Submission submission : sequencer.inFlight()) {
      if (submission.deadlineNanos() - now <= 0) {
        submission.fail(reason);
      }
    }
    queue.takeExpired(now).forEach(submission -> submission.fail(reason));
  }

  /**
   * Confirms what waits, writes everything into synced tiles, removes the journal and releases the
   * directory. A log that failed is left as it is, for the next opening to recover.
   *
   * @throws AuditLogException {@code log-io-failed} if what is confirmed could not be moved into
   *     tiles; it stays in the journal
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    queue.close();
    Publisher.joinUninterruptibly(thread);
    boolean complete = publisher.close() && failure.get() == null;
    if (expiry != null) {
      expiry.cancel(false);
    }
    watch.close();
    receipts.close();
    try (lock) {
      if (complete) {
        LogRecovery.removeSegments(files);
      }
    } catch (IOException failed) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED, "the log did not close cleanly: " + failed.getMessage(), failed);
    }
  }
}
