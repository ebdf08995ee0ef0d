package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Derives tiles, bundles and the checkpoint file from batches that the journal holds, in the
 * background, many batches at once. The checkpoint becomes visible after the tiles it covers.
 */
final class Publisher {
  /** How many bytes of leaves may wait here before the sequencer has to. */
  private static final long MAX_PENDING_BYTES = 64L << 20;

  private final LogFiles files;
  private final TileBuilder tiles;
  private final Duration interval;
  private final long syncBytes;
  private final Consumer<Throwable> onFailure;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private List<DurableBatch> pending = new ArrayList<>();
  private long pendingBytes;
  private boolean syncWanted;
  private long wantedSize;
  private boolean closing;
  private @Nullable Throwable failure;
  private Checkpoint published;

  Publisher(
      LogFiles files,
      TileBuilder tiles,
      Checkpoint published,
      AuditLogConfig config,
      Consumer<Throwable> onFailure) {
    this.files = files;
    this.tiles = tiles;
    this.published = published;
    this.interval = config.publishInterval();
    this.syncBytes = config.journalRollBytes();
    this.onFailure = onFailure;
    this.thread = Thread.ofPlatform().daemon().name("auditlog-publisher").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a batch; waits while too much is pending, so that memory is bounded. */
  void offer(DurableBatch batch) {
    lock.lock();
    try {
      while (pendingBytes > MAX_PENDING_BYTES && failure == null) {
        changed.awaitUninterruptibly();
      }
      pending.add(batch);
      pendingBytes += batch.bytes();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Asks for a sync after the next publication: the journal has begun a new segment. */
  void wantSync() {
    lock.lock();
    try {
      syncWanted = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Checkpoint published() {
    lock.lock();
    try {
      return published;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until at least this size is published.
   *
   * @return the published checkpoint, or null if that did not happen within the wait
   */
  @Nullable Checkpoint awaitPublished(long size, Duration wait) throws InterruptedException {
    long left = wait.toNanos();
    lock.lock();
    try {
      while (published.size() < size && failure == null && left > 0) {
        wantedSize = Math.max(wantedSize, size);
        changed.signalAll();
        left = changed.awaitNanos(left);
      }
      return published.size() < size ? null : published;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      long last = System.nanoTime() - interval.toNanos();
      while (awaitWork(last)) {
        publishPending();
        last = System.nanoTime();
      }
      if (!isAbandoned()) {
        publishPending();
        sync();
      }
    } catch (IOException | RuntimeException | Error failed) {
      fail(failed);
    }
  }

  private void fail(Throwable failed) {
    abandon(failed);
    onFailure.accept(failed);
  }

  /**
   * Ends the thread without another publication: the log has failed, or the directory belongs to
   * somebody else now. The journal holds what is not published.
   */
  void abandon(Throwable cause) {
    lock.lock();
    try {
      failure = cause;
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isAbandoned() {
    lock.lock();
    try {
      return failure != null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is something to do and the interval has passed; false once closing. */
  private boolean awaitWork(long last) {
    lock.lock();
    try {
      while (!closing && pending.isEmpty() && !syncWanted) {
        changed.awaitUninterruptibly();
      }
      long left = last + interval.toNanos() - System.nanoTime();
      while (left > 0 && mayLinger()) {
        left = changed.awaitNanos(left);
      }
      return !closing;
    } catch (InterruptedException again) {
      return !closing; // Nobody interrupts this thread; publishing early would do no harm.
    } finally {
      lock.unlock();
    }
  }

  private boolean mayLinger() {
    return !closing && wantedSize <= published.size() && pendingBytes <= MAX_PENDING_BYTES / 2;
  }

  private void publishPending() throws IOException {
    List<DurableBatch> batches = takePending();
    if (!batches.isEmpty()) {
      for (DurableBatch batch : batches) {
        for (int i = 0; i < batch.leaves().size(); i++) {
          tiles.append(batch.leaves().get(i), batch.leafHashes().get(i));
        }
      }
      publish(batches.getLast().checkpoint());
    }
    if (takeSyncWanted() || tiles.partialBytes() > syncBytes) {
      sync();
    }
  }

  private List<DurableBatch> takePending() {
    lock.lock();
    try {
      List<DurableBatch> taken = pending;
      pending = new ArrayList<>();
      pendingBytes = 0;
      changed.signalAll();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private boolean takeSyncWanted() {
    lock.lock();
    try {
      boolean wanted = syncWanted;
      syncWanted = false;
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  private void publish(Checkpoint checkpoint) throws IOException {
    tiles.writePartials();
    byte[] note = checkpoint.note().getBytes(StandardCharsets.UTF_8);
    files.write(LogFiles.CHECKPOINT, note, note.length);
    lock.lock();
    try {
      published = checkpoint;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Puts everything published on the disk, records that, and removes what it replaces. */
  private void sync() throws IOException {
    syncAndRecord(files, tiles, published());
    removeOldSegments(tiles.size());
  }

  static void syncAndRecord(LogFiles files, TileBuilder tiles, Checkpoint checkpoint)
      throws IOException {
    tiles.sync();
    files.writeSynced(LogFiles.CHECKPOINT, checkpoint.note());
    tiles.removeSuperseded();
    files.writeSynced(LogFiles.SYNCED, checkpoint.note());
  }

  /** Removes the segments whose entries are all in synced tiles, but never the one in use. */
  private void removeOldSegments(long syncedSize) throws IOException {
    List<Path> segments = JournalReplay.segments(files.journal());
    for (int i = 0; i + 1 < segments.size(); i++) {
      OptionalLong next = JournalReplay.firstIndex(segments.get(i + 1));
      if (next.isPresent() && next.getAsLong() <= syncedSize) {
        Files.delete(segments.get(i));
      }
    }
  }

  /**
   * Publishes and syncs what is pending, and ends the thread.
   *
   * @return whether everything is on the disk
   */
  boolean close() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    joinUninterruptibly(thread);
    return !isAbandoned();
  }

  static void joinUninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
