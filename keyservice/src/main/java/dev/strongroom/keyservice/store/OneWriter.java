package dev.strongroom.keyservice.store;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.transaction.DelegatingTransactionHandler;
import org.jdbi.v3.core.transaction.LocalTransactionHandler;
import org.jdbi.v3.core.transaction.TransactionException;
import org.jdbi.v3.core.transaction.TransactionHandler;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

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
  private record Turns(Semaphore turn, ExecutorService thread, Duration limit) {}

  private OneWriter(TransactionHandler transactions, Turns turns) {
    super(transactions);
    this.turns = turns;
  }

  /**
   * @param wait for one's turn, at most
   */
  static OneWriter waiting(Duration wait) {
    return new OneWriter(
        LocalTransactionHandler.binding(),
        new Turns(
            new Semaphore(1, true),
            Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("store-writer").factory()),
            wait));
  }

  @Override
  public TransactionHandler specialize(Handle handle) throws java.sql.SQLException {
    return new OneWriter(getDelegate().specialize(handle), turns);
  }

  @Override
  public <R, X extends Exception> R inTransaction(Handle handle, HandleCallback<R, X> callback)
      throws X {
    return inTurn(() -> getDelegate().inTransaction(handle, callback));
  }

  @Override
  public <R, X extends Exception> R inTransaction(
      Handle handle, TransactionIsolationLevel level, HandleCallback<R, X> callback) throws X {
    return inTurn(() -> getDelegate().inTransaction(handle, level, callback));
  }

  /** One transaction. */
  @FunctionalInterface
  private interface Transaction<R, X extends Exception> {
    R run() throws X;
  }

  private <R, X extends Exception> R inTurn(Transaction<R, X> transaction) throws X {
    takeTurn();
    try {
      return end(turns.thread().submit(transaction::run));
    } finally {
      turns.turn().release();
    }
  }

  private void takeTurn() {
    try {
      if (!turns.turn().tryAcquire(turns.limit().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new TransactionException("others write for longer than " + turns.limit());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransactionException("interrupted while others write", e);
    }
  }

  // Begun, it is waited for, whatever happens: it uses the connection of who asked for it.
  @SuppressWarnings("unchecked") // the transaction throws X and what is unchecked
  private static <R, X extends Exception> R end(Future<R> transaction) throws X {
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
    turns.thread().close();
  }
}
