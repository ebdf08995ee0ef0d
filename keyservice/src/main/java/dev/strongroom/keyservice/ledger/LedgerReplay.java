package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads events back from the log. */
final class LedgerReplay {
  private LedgerReplay() {}

  /**
   * How far the tables have come, after a check that they belong to this log.
   *
   * @throws Problem {@link ProblemCode#STORE_MISMATCH} when they do not
   */
  static Progress startingPoint(LedgerTables tables, LogReader reader) {
    String origin = reader.checkpoint().origin();
    Optional<Progress> known = tables.progress();
    if (known.isEmpty()) {
      return Progress.beginning(origin);
    }
    Progress progress = known.get();
    if (!progress.origin().equals(origin)) {
      throw mismatch("the store belongs to the log " + progress.origin() + ", not to " + origin);
    }
    if (progress.nextIndex() > reader.size()) {
      throw mismatch(
          "the store has seen "
              + progress.nextIndex()
              + " entries and the log holds "
              + reader.size()
              + ": the log was rolled back");
    }
    if (progress.nextIndex() > 0) {
      Sha256Digest leaf = Sha256Digest.of(reader.entry(progress.nextIndex() - 1));
      if (!leaf.equals(progress.lastLeaf())) {
        throw mismatch(
            "entry " + (progress.nextIndex() - 1) + " is not the one that the store has seen");
      }
    }
    return progress;
  }

  private static Problem mismatch(String what) {
    return new Problem(
        ProblemCode.STORE_MISMATCH,
        what + "; restore the right log, or run 'strongroom store rebuild' if this log is right");
  }

  /**
   * Reads the log from an index to its end, in batches.
   *
   * @throws Problem {@link ProblemCode#LOG_CORRUPT} when an entry is damaged or no event
   */
  static void follow(
      LogReader reader, long from, int batchSize, Consumer<List<DurableEntry>> consumer) {
    List<DurableEntry> batch = new ArrayList<>();
    try {
      reader.forEachEntry(
          from,
          (index, leaf) -> {
            batch.add(read(index, leaf));
            if (batch.size() == batchSize) {
              consumer.accept(List.copyOf(batch));
              batch.clear();
            }
          });
    } catch (AuditLogException e) {
      throw new Problem(
          ProblemCode.LOG_CORRUPT, "the log cannot be read back: " + e.getMessage(), e);
    }
    if (!batch.isEmpty()) {
      consumer.accept(List.copyOf(batch));
    }
  }

  private static DurableEntry read(long index, byte[] leaf) {
    try {
      return DurableEntry.read(index, leaf);
    } catch (Problem e) {
      throw new Problem(ProblemCode.LOG_CORRUPT, "entry " + index + " of the log is no event", e);
    }
  }
}
