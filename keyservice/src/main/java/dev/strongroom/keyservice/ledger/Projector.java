package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.LogUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes rows. It follows the log: what does not fit its queue it reads from
 * the log again, and what it could not write before the process ended is written at the next start.
 */
final class Projector implements AutoCloseable {
  private static final int MAX_BATCH = 4_096;

  private final LedgerTables tables;
  private final AuditLog log;
  private final LedgerLimits limits;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("ledger-rows").unstarted(this::run);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition written = lock.newCondition();
  private final Condition hurry = lock.newCondition();
  private final Deque<DurableEntry> queue = new ArrayDeque<>();
  private Progress progress;
  private boolean overflowed;
  private boolean urgent;
  private boolean closing;
  private @Nullable Exception fault;

  Projector(LedgerTables tables, AuditLog log, LedgerLimits limits, Progress progress) {
    this.tables = tables;
    this.log = log;
    this.limits = limits;
    this.progress = progress;
  }

  void start() {
    thread.start();
  }

  /** Takes the next durable entry; never waits. */
  void offer(DurableEntry entry) {
    lock.lock();
    try {
      if (queue.size() < limits.rowQueue()) {
        queue.add(entry);
      } else {
        overflowed = true;
      }
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Why the last transaction failed; empty while rows follow. */
  Optional<Exception> fault() {
    lock.lock();
    try {
      return Optional.ofNullable(fault);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the rows hold all entries below an index.
   *
   * @return whether they do
   */
  boolean await(long size, Duration wait) throws InterruptedException {
    long left = wait.toNanos();
    lock.lock();
    try {
      while (progress.nextIndex() < size && left > 0) {
        urgent = true;
        hurry.signal();
        left = written.awaitNanos(left);
      }
      return progress.nextIndex() >= size;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (awaitWork()) {
      try {
        follow();
        settle(null);
        pause(limits.rowInterval());
      } catch (LogUnavailableException | RuntimeException e) {
        settle(e);
        pause(limits.rowRetry());
      } catch (InterruptedException e) {
        // Only the end of the process interrupts; the rest is replayed at the next start.
        settle(e);
        return;
      }
    }
  }

  private boolean awaitWork() {
    lock.lock();
    try {
      while (queue.isEmpty() && !overflowed && !closing) {
        work.awaitUninterruptibly();
      }
      // A store that fails must not keep the process from ending.
      boolean work = !queue.isEmpty() || overflowed;
      return work && !(closing && fault != null);
    } finally {
      lock.unlock();
    }
  }

  private void follow() throws LogUnavailableException, InterruptedException {
    List<DurableEntry> batch = nextBatch();
    if (!batch.isEmpty()) {
      write(batch);
      remove(batch.getLast().index());
    } else {
      catchUp();
    }
  }

  /** What follows the rows without a gap, from the queue; it stays there until it is written. */
  private List<DurableEntry> nextBatch() {
    List<DurableEntry> batch = new ArrayList<>();
    lock.lock();
    try {
      long next = progress.nextIndex();
      for (DurableEntry entry : queue) {
        if (entry.index() == next && batch.size() < MAX_BATCH) {
          batch.add(entry);
          next++;
        } else if (entry.index() > next) {
          overflowed = true;
          break;
        }
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void write(List<DurableEntry> batch) {
    Progress reached = tables.write(current(), batch);
    lock.lock();
    try {
      progress = reached;
      fault = null;
      written.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Progress current() {
    lock.lock();
    try {
      return progress;
    } finally {
      lock.unlock();
    }
  }

  private void remove(long upTo) {
    lock.lock();
    try {
      while (!queue.isEmpty() && queue.peek().index() <= upTo) {
        queue.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Reads from the log what the queue had no room for. */
  private void catchUp() throws LogUnavailableException, InterruptedException {
    lock.lock();
    try {
      overflowed = false;
    } finally {
      lock.unlock();
    }
    LedgerReplay.follow(log.reader(), current().nextIndex(), MAX_BATCH, this::write);
    remove(current().nextIndex() - 1);
  }

  private void settle(@Nullable Exception outcome) {
    lock.lock();
    try {
      fault = outcome;
      overflowed |= outcome != null;
    } finally {
      lock.unlock();
    }
  }

  private void pause(Duration length) {
    long left = length.toNanos();
    lock.lock();
    try {
      while (left > 0 && !closing && !urgent) {
        left = hurry.awaitNanos(left);
      }
      urgent = false;
    } catch (InterruptedException e) {
      closing = true;
    } finally {
      lock.unlock();
    }
  }

  /** Writes what waits, unless the store fails, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
      hurry.signal();
    } finally {
      lock.unlock();
    }
    Threads.join(thread);
  }
}
