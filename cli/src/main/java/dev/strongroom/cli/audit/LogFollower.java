package dev.strongroom.cli.audit;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.Checkpoint;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.delivery.retry.Pause;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a log again and again and shows the entries that have come. Each checkpoint must
 * continue the one before it, which is proved against the two signed roots, and entries are shown
 * once it is proved that they lead to the root of the newer one.
 */
public final class LogFollower {
  private final Supplier<LogReader> log;
  private final Pause pause;
  private final Duration interval;

  /**
   * @param log the log as it is now, its checkpoint verified
   */
  public LogFollower(Supplier<LogReader> log, Pause pause, Duration interval) {
    this.log = log;
    this.pause = pause;
    this.interval = interval;
  }

  /**
   * Follows until the thread is interrupted while it waits.
   *
   * @param fromIndex the first entry to show, which may lie in the future
   * @throws AuditLogException {@code log-rolled-back} when the log has become smaller, {@code
   *     log-forked} when it does not continue what was seen before, and whatever reading it throws
   */
  public void follow(long fromIndex, LogReader.EntryVisitor visitor) {
    @Nullable Checkpoint seen = null;
    long next = fromIndex;
    do {
      LogReader now = log.get();
      if (seen != null) {
        now.requireContinues(seen);
      }
      if (now.size() > next) {
        now.forEachProvenEntry(next, visitor);
        next = now.size();
      }
      seen = now.checkpoint();
    } while (waited());
  }

  private boolean waited() {
    try {
      pause.pause(interval);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
