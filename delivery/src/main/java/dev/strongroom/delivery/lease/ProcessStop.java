package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.delivery.retry.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Stops the process whose id stands in a file, and its descendants: SIGTERM, a bounded wait,
 * SIGKILL, and a look whether it is gone. A process is known by its id and its start time, so that
 * another one that got the same id later is left alone. An id of this process or of one above it is
 * no consumer's: it comes from another pid namespace, and nobody is known to have ended.
 */
public final class ProcessStop implements ConsumerStop {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration CLOCK_SLACK = Duration.ofSeconds(2);

  private final Path pidFile;
  private final Duration termBound;
  private final Duration killBound;
  private final Timing timing;
  private final Set<ProcessHandle> seen = new LinkedHashSet<>();
  private final Set<ProcessHandle> below = new LinkedHashSet<>();
  private boolean namesUs;

  /**
   * @param pidFile holds the decimal process id; may appear later than this process
   * @param termBound how long it may take to end after SIGTERM
   * @param killBound how long after SIGKILL
   */
  public ProcessStop(Path pidFile, Duration termBound, Duration killBound, Timing timing) {
    this.pidFile = pidFile;
    this.termBound = termBound;
    this.killBound = killBound;
    this.timing = timing;
  }

  /** Remembers the consumer while its id is certainly its own. */
  @Override
  public synchronized void watch() {
    try {
      long pid = Long.parseLong(Files.readString(pidFile).trim());
      Instant written = Files.getLastModifiedTime(pidFile).toInstant();
      namesUs = isOurs(pid);
      if (!namesUs) {
        ProcessHandle.of(pid).filter(handle -> startedBefore(handle, written)).ifPresent(seen::add);
      }
    } catch (IOException | NumberFormatException e) {
      // Not there yet, or half written: the next look will see it.
    }
    // A child whose parent has ended is nobody's descendant any more: it must have been seen
    // before.
    below.removeIf(handle -> !handle.isAlive());
    seen.forEach(handle -> handle.descendants().forEach(below::add));
  }

  // A process cannot stop itself, and must not stop what it runs under.
  private static boolean isOurs(long pid) {
    return Stream.iterate(
            Optional.of(ProcessHandle.current()),
            Optional::isPresent,
            handle -> handle.flatMap(ProcessHandle::parent))
        .flatMap(Optional::stream)
        .anyMatch(handle -> handle.pid() == pid);
  }

  // Who started after its id was written down is somebody else with a used id.
  private static boolean startedBefore(ProcessHandle handle, Instant written) {
    return handle
        .info()
        .startInstant()
        .map(start -> !start.isAfter(written.plus(CLOCK_SLACK)))
        .orElse(false);
  }

  @Override
  public synchronized Lease.ConsumerEnd stop() {
    watch();
    if (seen.isEmpty()) {
      return namesUs ? Lease.ConsumerEnd.UNCONFIRMED : Lease.ConsumerEnd.NONE_KNOWN;
    }
    Set<ProcessHandle> all = new LinkedHashSet<>(seen);
    all.addAll(below);
    seen.forEach(ProcessHandle::destroy);
    if (!gone(all, termBound)) {
      all.forEach(ProcessHandle::destroyForcibly);
      if (!gone(all, killBound)) {
        return Lease.ConsumerEnd.UNCONFIRMED;
      }
    }
    return namesUs ? Lease.ConsumerEnd.UNCONFIRMED : Lease.ConsumerEnd.ENDED;
  }

  private boolean gone(Set<ProcessHandle> handles, Duration bound) {
    long start = timing.nanoTime().getAsLong();
    boolean interrupted = false;
    while (handles.stream().anyMatch(ProcessStop::runs)) {
      if (timing.nanoTime().getAsLong() - start > bound.toNanos()) {
        break;
      }
      try {
        timing.pause().pause(POLL);
      } catch (InterruptedException e) {
        interrupted = true; // The weights go in any case; only after the consumer, though.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return handles.stream().noneMatch(ProcessStop::runs);
  }

  // A process that has ended and was not yet asked for its status (Z) has no memory any more.
  static boolean runs(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"));
      String state = stat.substring(stat.lastIndexOf(')') + 2);
      return !List.of('Z', 'X').contains(state.charAt(0));
    } catch (IOException | StringIndexOutOfBoundsException e) {
      return handle.isAlive();
    }
  }
}
