package dev.strongroom.keyservice.ledger;

import dev.strongroom.keyservice.ledger.Ledger.Listener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands admitted events on once they are durable, in the order of the log. The queue is bounded by
 * that of the log: what was admitted is in the batch being written, or durable already.
 */
final class CommitFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitFeed.class);

  /** An entry whose caller timed out becomes durable without waking anybody: look again. */
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Queue<DurableEntry> admitted = new ConcurrentLinkedQueue<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final LongSupplier durableSize;
  private final BooleanSupplier failed;
  private final Projector projector;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("ledger-feed").unstarted(this::run);
  private volatile boolean closing;

  /**
   * @param durableSize the number of durable entries
   * @param failed whether no more entries will ever become durable
   */
  CommitFeed(LongSupplier durableSize, BooleanSupplier failed, Projector projector) {
    this.durableSize = durableSize;
    this.failed = failed;
    this.projector = projector;
  }

  void start() {
    thread.start();
  }

  void subscribe(Listener listener) {
    listeners.add(listener);
  }

  /** Called in the order of the log. */
  void admitted(DurableEntry entry) {
    admitted.add(entry);
  }

  /** Something may have become durable. */
  void wake() {
    if (!admitted.isEmpty()) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    boolean last;
    do {
      last = closing;
      handOnDurable();
      if (!last) {
        LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
      }
    } while (!last || mayHandOnMore());
  }

  private void handOnDurable() {
    long durable = durableSize.getAsLong();
    DurableEntry next = admitted.peek();
    while (next != null && next.index() < durable) {
      admitted.remove();
      handOn(next);
      next = admitted.peek();
    }
  }

  private boolean mayHandOnMore() {
    return !admitted.isEmpty() && !failed.getAsBoolean();
  }

  private void handOn(DurableEntry entry) {
    for (Listener listener : listeners) {
      try {
        listener.committed(entry.index(), entry.event());
      } catch (RuntimeException e) {
        // The other listeners, and the rows, must hear of it all the same.
        LOG.error("a listener failed at entry {}", entry.index(), e);
      }
    }
    projector.offer(entry);
  }

  /** Hands on what is durable or becomes so, and ends. The log must take nothing new any more. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    Threads.join(thread);
  }
}
