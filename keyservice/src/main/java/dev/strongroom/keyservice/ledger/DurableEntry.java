package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;

/** An entry of the log, as event and as bytes. */
final class DurableEntry {
  private final long index;
  private final LogEvent event;
  private final byte[] leaf;

  /**
   * @param leaf kept, not copied
   */
  DurableEntry(long index, LogEvent event, byte[] leaf) {
    this.index = index;
    this.event = event;
    this.leaf = leaf;
  }

  /**
   * @throws dev.strongroom.core.problem.Problem when the leaf is no event
   */
  static DurableEntry read(long index, byte[] leaf) {
    return new DurableEntry(index, EventCodec.read(leaf), leaf);
  }

  long index() {
    return index;
  }

  LogEvent event() {
    return event;
  }

  Sha256Digest leafHash() {
    return Sha256Digest.of(leaf);
  }
}
