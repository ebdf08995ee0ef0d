package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * The one ordering point: what was checked and what is appended cannot come apart. Everything that
 * the service decides goes through here and is durable before anybody hears of it.
 */
public interface Ledger {

  /**
   * Checks and appends one event; returns when it is durable. Blocks the calling virtual thread.
   *
   * <p>Whatever the admission says, the rules of the ordering point hold ({@code grant-protocol.md}
   * section 6): a nonce is used once and the policy that decided is in force; a grant or renewal
   * meets no standing revocation; renewals are numbered; an ended lease stays ended.
   *
   * @throws dev.strongroom.core.problem.Problem what the admission threw, or {@code NONCE_USED},
   *     {@code NONCE_EXPIRED}, {@code POLICY_CHANGED}, {@code REVOKED}, {@code LEASE_UNKNOWN},
   *     {@code LEASE_ENDED}, {@code LEASE_SEQUENCE_MISMATCH}, {@code REVOCATION_UNKNOWN}, {@code
   *     TOO_LARGE} (nothing is appended then); {@code LOG_UNAVAILABLE} when the log cannot be
   *     written or does not confirm in time (nothing may be released then, though the entry may
   *     stand in the log); {@code OVERLOADED} when its queue is full; {@code SHUTTING_DOWN}
   */
  <E extends LogEvent> Committed<E> commit(Admission<E> admission);

  /**
   * Asks, before anything costly is done, what {@link #commit} will ask again: whether a grant of
   * this version to who asks would be refused now.
   *
   * @throws dev.strongroom.core.problem.Problem {@code NONCE_USED}, {@code REVOKED}, {@code
   *     TOO_MANY_LEASES}, {@code OVERLOADED}
   */
  void requireGrantable(Holding asker, Sha256Digest nonceHash);

  /** Looks at the state without appending; perhaps already old, perhaps not durable yet. */
  LedgerView view();

  /** Entries below this index are durable. */
  long durableSize();

  /**
   * Refuses to act on an entry that {@link #view} knows and a restart may not: what cannot be taken
   * back comes after the log.
   *
   * @throws dev.strongroom.core.problem.Problem {@code LOG_UNAVAILABLE} when the entry of this
   *     index is not durable
   */
  default void requireDurable(long index) {
    if (index >= durableSize()) {
      throw new Problem(
          ProblemCode.LOG_UNAVAILABLE,
          "the log has not confirmed the entry of an earlier attempt, and nothing is done before"
              + " it: look at the log's disk, restart the service where the log has stopped, and"
              + " ask again");
    }
  }

  /** What is called for each event after it is durable, in the order of the log. */
  void subscribe(Listener listener);

  /** A check and the event that follows from it, run once, alone, in the order of the log. */
  @FunctionalInterface
  interface Admission<E extends LogEvent> {
    /**
     * Decides. It must be quick, and must not block or commit.
     *
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
   * @param receipt proof that it is in the log: C2SP tlog-proof text, without the leaf
   */
  record Committed<E extends LogEvent>(E event, long index, Blob leaf, String receipt) {}
}
