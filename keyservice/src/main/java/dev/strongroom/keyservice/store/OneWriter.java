package dev.strongroom.keyservice.store;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.transaction.DelegatingTransactionHandler;
import org.jdbi.v3.core.transaction.LocalTransactionHandler;
import org.jdbi.v3.core.transaction.TransactionException;
import org.jdbi.v3.core.transaction.TransactionHandler;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jspecify.annotations.Nullable;

/**
 * Transactions one after the other, in the order in which they were asked for, on a thread of their
 * own.
 *
 * <p>SQLite has one writer at a time. Left to itself it makes the others look again and again, with
 * pauses of up to 100 ms, inside native code: a virtual thread that waits there keeps a carrier
 * from everything else, and so does one that syncs. Two publishers were enough to hold up grants on
 * two cores.
 */
final class OneWriter extends DelegatingTransactionHandler {
  private final Turns turns;

  /** Who writes now, and the thread that does it. */
  private static final class Turns {
    final Semaphore turn = new Semaphore(1, true);
    final AtomicReference<@Nullable Thread> writer = new AtomicReference<>();
    final ExecutorService thread =
        Executors.newSingleThreadExecutor(work -> {
          Thread made = Thread.ofPlatform().daemon().name("store-writer").unstarted(work);
          writer.set(made);
          return made;
        });
    final Duration limit;

    /** Whether the turn is that of who writes the whole store anew. */
    volatile boolean anew;

    Turns(Duration limit) {
      this.limit = limit;
    }
  }

  /** How long to wait for one's turn. */
  enum Patience {
    USUAL,
    AS_LONG_AS_IT_IS_WRITTEN_ANEW
  }

  private OneWriter(TransactionHandler transactions, Turns turns) {
    super(transactions);
    this.turns = turns;
  }

  /**
   * @param wait for one's turn, at most
   */
  static OneWriter waiting(Duration wait) {
    return new OneWriter(LocalTransactionHandler.binding(), new Turns(wait));
  }

  @Override
  public TransactionHandler specialize(Handle handle) throws java.sql.SQLException {
    return new OneWriter(getDelegate().specialize(handle), turns);
  }

  @Override
  public <R, X extends Exception> R inTransaction(Handle handle, HandleCallback<R, X> callback)
      throws X {
    return inTurn(Patience.USUAL, () -> getDelegate().inTransaction(handle, callback));
  }

  @Override
  public <R, X extends Exception> R inTransaction(
      Handle handle, TransactionIsolationLevel level, HandleCallback<R, X> callback) throws X {
    return inTurn(Patience.USUAL, () -> getDelegate().inTransaction(handle, level, callback));
  }

  /** What is done in a turn: one transaction, or what is none. */
  @FunctionalInterface
  interface Work<R extends @Nullable Object, X extends Exception> {
    R run() throws X;
  }

  /** Waits for the turn and works on the thread that writes. Whoever has the turn has it still. */
  <R extends @Nullable Object, X extends Exception> R inTurn(Patience patience, Work<R, X> work)
      throws X {
    if (Thread.currentThread().equals(turns.writer.get())) {
      return work.run();
    }
    takeTurn(patience);
    try {
      return end(turns.thread.submit(work::run));
    } finally {
      turns.turn.release();
    }
  }

  /** The same for work that writes the whole store anew, which may take minutes. */
  void anew(Runnable work) {
    inTurn(
        Patience.USUAL,
        () -> {
          turns.anew = true;
          try {
            work.run();
          } finally {
            turns.anew = false;
          }
          return true;
        });
  }

  private void takeTurn(Patience patience) {
    try {
      boolean wasAnew = turns.anew;
      while (!turns.turn.tryAcquire(turns.limit.toNanos(), TimeUnit.NANOSECONDS)) {
        boolean isAnew = turns.anew;
        if (!(wasAnew || isAnew)) {
          throw new TransactionException("others write for longer than " + turns.limit);
        }
        if (patience == Patience.USUAL) {
          throw new Problem(
              ProblemCode.STORE_UNAVAILABLE,
              "the store is being written anew after an erasure; try again when that is done");
        }
        wasAnew = isAnew;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransactionException("interrupted while others write", e);
    }
  }

  // Begun, it is waited for, whatever happens: it uses the connection of who asked for it.
  @SuppressWarnings("unchecked") // the transaction throws X and what is unchecked
  private static <R extends @Nullable Object, X extends Exception> R end(Future<R> transaction)
      throws X {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return transaction.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case Error error -> throw error;
            case null -> throw new IllegalStateException(e);
            case Throwable cause -> throw (X) cause;
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the thread; transactions that have begun end first. */
  void close() {
    turns.thread.close();
  }
}
