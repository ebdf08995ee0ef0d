package dev.strongroom.keyservice.publish;

import dev.strongroom.core.id.Blob;
import dev.strongroom.keyservice.ledger.Ledger;

/** What stands in the log already. */
public interface LogHistory {

  /**
   * Reads the entries from an index to the end.
   *
   * @throws dev.strongroom.core.problem.Problem {@code LOG_CORRUPT}, {@code LOG_UNAVAILABLE}
   */
  void follow(long from, Ledger.Listener listener);

  /**
   * An entry with a fresh receipt.
   *
   * @throws dev.strongroom.core.problem.Problem {@code LOG_CORRUPT}, {@code LOG_UNAVAILABLE}
   */
  Recorded at(long index);

  /**
   * One entry.
   *
   * @param leaf its bytes
   * @param receipt proof that it is in the log: C2SP tlog-proof text, without the leaf
   */
  record Recorded(Blob leaf, String receipt) {}
}
