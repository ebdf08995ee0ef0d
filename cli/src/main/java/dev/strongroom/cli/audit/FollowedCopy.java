package dev.strongroom.cli.audit;

import dev.strongroom.auditlog.LogReader;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A copy that is brought up to date before each look at it. The first look copies all that is
 * missing; later ones ask for what is new. Of the checkpoints it keeps the first and the newest:
 * each one between is proved to continue the one before it, and the newest continues them all.
 */
public final class FollowedCopy implements Supplier<LogReader> {
  private final LogCopy copy;
  private final Path directory;
  private LogCopy.@Nullable Copied before;
  private boolean keptFirst;

  public FollowedCopy(LogCopy copy, Path directory) {
    this.copy = copy;
    this.directory = directory;
  }

  /**
   * Copies what is missing, and reads the copy as of then.
   *
   * @throws dev.strongroom.auditlog.AuditLogException as {@link LogCopy#into}
   * @throws dev.strongroom.core.problem.Problem as {@link LogCopy#into}
   */
  @Override
  public LogReader get() {
    LogCopy.Copied now =
        before == null
            ? copy.into(directory, files -> {})
            : copy.more(directory, before, !keptFirst);
    keptFirst |= now.kept();
    before = now;
    return LogReader.at(directory, now.checkpoint());
  }
}
