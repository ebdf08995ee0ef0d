package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import org.jspecify.annotations.Nullable;

/**
 * How far the tables have come.
 *
 * @param origin of the log
 * @param nextIndex of the first entry that is not in them
 * @param lastLeaf SHA-256 over the leaf before; null at the beginning
 * @param clock the greatest time of an entry so far, milliseconds since the epoch
 * @param nonceEpoch of the last start; 0 before the first
 * @param policy what the log says of policies
 */
record Progress(
    String origin,
    long nextIndex,
    @Nullable Sha256Digest lastLeaf,
    long clock,
    long nonceEpoch,
    AppliedPolicy policy) {

  static Progress beginning(String origin) {
    return new Progress(origin, 0, null, 0, 0, AppliedPolicy.NONE);
  }

  /** With one more entry, which must be the next. */
  Progress after(DurableEntry entry, boolean isLastOfBatch) {
    if (entry.index() != nextIndex) {
      throw new IllegalStateException(
          "entry " + entry.index() + " came where " + nextIndex + " was due");
    }
    LogEvent event = entry.event();
    return new Progress(
        origin,
        nextIndex + 1,
        isLastOfBatch ? entry.leafHash() : lastLeaf,
        Math.max(clock, event.at()),
        event instanceof LogEvent.ServiceStarted started ? started.nonceEpoch() : nonceEpoch,
        policy.after(event));
  }
}
