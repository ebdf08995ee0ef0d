package dev.strongroom.keyservice.publish;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogUnavailableException;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Ledger;

/** The history of the audit log. */
public final class AuditLogHistory implements LogHistory {
  private final AuditLog log;

  public AuditLogHistory(AuditLog log) {
    this.log = log;
  }

  @Override
  public void follow(long from, Ledger.Listener listener) {
    LogReader reader = reader();
    if (from >= reader.size()) {
      return;
    }
    try {
      reader.forEachEntry(from, (index, leaf) -> listener.committed(index, EventCodec.read(leaf)));
    } catch (AuditLogException e) {
      throw corrupt(e);
    }
  }

  @Override
  public Recorded at(long index) {
    try {
      Receipt receipt = reader().receiptFor(index);
      return new Recorded(Blob.of(receipt.leaf()), receipt.toDetachedText());
    } catch (AuditLogException e) {
      throw corrupt(e);
    }
  }

  private LogReader reader() {
    try {
      return log.reader();
    } catch (LogUnavailableException e) {
      throw new Problem(
          ProblemCode.LOG_UNAVAILABLE, "the log cannot be read back; try again later", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SHUTTING_DOWN, "interrupted while reading the log back", e);
    }
  }

  private static Problem corrupt(AuditLogException e) {
    return new Problem(
        ProblemCode.LOG_CORRUPT,
        "the log cannot be read back; run 'strongroom audit verify': " + e.getMessage(),
        e);
  }
}
