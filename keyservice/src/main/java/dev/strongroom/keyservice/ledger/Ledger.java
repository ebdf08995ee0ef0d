package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.Blob;

/**
 * The one ordering point: what was checked and what is appended cannot come apart. Everything that
 * the service decides goes through here and is durable before anybody hears of it.
 */
public interface Ledger {

  /**
   * Checks and appends one event; returns when it is durable. Blocks the calling virtual thread.
   *
   * @throws dev.strongroom.core.problem.Problem what the admission threw (nothing is appended
   *     then); {@code LOG_UNAVAILABLE} when the log cannot be written (nothing may be released
   *     then); {@code OVERLOADED} when its queue is full
   */
  <E extends LogEvent> Committed<E> commit(Admission<E> admission);

  /** Looks at the state without appending; a consistent view, perhaps already old. */
  LedgerView view();

  /** What is called for each event after it is durable, in the order of the log. */
  void subscribe(Listener listener);

  /** A check and the event that follows from it, run once, alone, in the order of the log. */
  @FunctionalInterface
  interface Admission<E extends LogEvent> {
    /**
     * @throws dev.strongroom.core.problem.Problem to refuse; nothing is appended
     */
    E admit(LedgerView view);
  }

  /** Hears of durable events. Must be quick and must not throw. */
  @FunctionalInterface
  interface Listener {
    void committed(long index, LogEvent event);
  }

  /**
   * A durable event.
   *
   * @param index its place in the log
   * @param leaf its bytes in the log
   * @param receipt proof that it is in the log: C2SP tlog-proof text
   */
  record Committed<E extends LogEvent>(E event, long index, Blob leaf, String receipt) {}
}
