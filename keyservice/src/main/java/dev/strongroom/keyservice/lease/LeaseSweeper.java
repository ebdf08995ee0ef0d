package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all leases from time to time: ends those that ran out, records the ends that a crash or
 * an overload left due, and notes where an acknowledgement of a wipe did not come.
 *
 * <p>A clock that jumps ahead must not end every lease at once. When the clock has gained more than
 * the tolerance over the monotonic one since the last look, no lease ends by time until the
 * hold-off has passed, so that holders can renew by the new clock.
 */
public final class LeaseSweeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseSweeper.class);

  private final Ledger ledger;
  private final LeaseEnder ender;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Limits limits;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lease-sweeper").factory());

  private long lastMillis;
  private long lastNanos;
  private long holdOffUntilNanos;

  /**
   * How leases are swept.
   *
   * @param interval between two looks, 100 milliseconds to 1 hour
   * @param wipeWait how long after the end of a lease an acknowledgement may take, up to 1 day
   * @param jumpTolerance how far the clock may gain on the monotonic one between two looks
   * @param jumpHoldOff how long no lease ends by time after a jump: longer than holders take to
   *     renew
   */
  public record Limits(
      Duration interval, Duration wipeWait, Duration jumpTolerance, Duration jumpHoldOff) {
    /** The tested defaults. */
    public static final Limits DEFAULT =
        new Limits(
            Duration.ofSeconds(5),
            Duration.ofMinutes(2),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10));

    public Limits {
      require("interval", interval, Duration.ofMillis(100), Duration.ofHours(1));
      require("wipeWait", wipeWait, Duration.ofSeconds(1), Duration.ofDays(1));
      require("jumpTolerance", jumpTolerance, Duration.ofSeconds(1), Duration.ofHours(1));
      require("jumpHoldOff", jumpHoldOff, Duration.ZERO, Duration.ofDays(1));
    }

    /** The tested defaults with other times of what an operator sets. */
    public static Limits of(Duration interval, Duration wipeWait) {
      return new Limits(interval, wipeWait, DEFAULT.jumpTolerance(), DEFAULT.jumpHoldOff());
    }

    private static void require(String name, Duration value, Duration least, Duration most) {
      if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
        throw new IllegalArgumentException(name + " must be from " + least + " to " + most);
      }
    }
  }

  /**
   * What one look did.
   *
   * @param ended the leases whose end it recorded
   * @param unconfirmed the leases whose wipe it recorded as unconfirmed
   */
  public record Sweep(List<LeaseId> ended, List<LeaseId> unconfirmed) {
    public Sweep {
      ended = List.copyOf(ended);
      unconfirmed = List.copyOf(unconfirmed);
    }
  }

  /**
   * @param nanos a monotonic clock, such as {@code System::nanoTime}
   */
  public LeaseSweeper(
      Ledger ledger, LeaseEnder ender, InstantSource clock, LongSupplier nanos, Limits limits) {
    this.ledger = ledger;
    this.ender = ender;
    this.clock = clock;
    this.nanos = nanos;
    this.limits = limits;
    this.lastMillis = clock.millis();
    this.lastNanos = nanos.getAsLong();
    this.holdOffUntilNanos = lastNanos;
  }

  /** Begins to look, every interval, until closed. */
  public void start() {
    long interval = limits.interval().toMillis();
    var _ =
        timer.scheduleWithFixedDelay(this::sweepOrLog, interval, interval, TimeUnit.MILLISECONDS);
  }

  private void sweepOrLog() {
    try {
      sweep();
    } catch (Problem e) {
      // What is due stays due: the next look tries again.
      LOG.warn("leases could not be swept: {}: {}", e.code().wireName(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("leases could not be swept", e);
    }
  }

  /**
   * Looks once.
   *
   * @throws Problem {@code LOG_UNAVAILABLE}, {@code OVERLOADED}, {@code SHUTTING_DOWN}
   */
  public synchronized Sweep sweep() {
    boolean mayEndByTime = !isHeldOff();
    long now = clock.millis();
    LedgerView view = ledger.view();
    List<LeaseId> due =
        view.liveLeases().stream()
            .filter(lease ->
                view.dueEnd(lease.id()).isPresent()
                    || (mayEndByTime && LeaseEnder.hasRunOut(lease, now)))
            .map(LeaseState::id)
            .toList();
    List<LeaseId> ended = ender.endAll(due).ended();
    List<LeaseId> unconfirmed =
        ledger.view().awaitingWipe().stream()
            .filter(lease -> isOverdue(lease, now))
            .map(LeaseState::id)
            .filter(this::recordUnconfirmed)
            .toList();
    return new Sweep(ended, unconfirmed);
  }

  private boolean isHeldOff() {
    long millis = clock.millis();
    long nano = nanos.getAsLong();
    long gained = millis - lastMillis - TimeUnit.NANOSECONDS.toMillis(nano - lastNanos);
    lastMillis = millis;
    lastNanos = nano;
    if (gained > limits.jumpTolerance().toMillis()) {
      LOG.warn("the clock jumped ahead by {} ms; no lease ends by time for a while", gained);
      holdOffUntilNanos = nano + limits.jumpHoldOff().toNanos();
    }
    return holdOffUntilNanos - nano > 0;
  }

  private boolean isOverdue(LeaseState lease, long now) {
    return lease.end() != null && now - lease.end().at() > limits.wipeWait().toMillis();
  }

  private boolean recordUnconfirmed(LeaseId id) {
    try {
      ledger.commit(view -> unconfirmed(view, id));
      return true;
    } catch (Problem e) {
      if (e.code() == ProblemCode.LEASE_ENDED || e.code() == ProblemCode.LEASE_UNKNOWN) {
        return false;
      }
      throw e;
    }
  }

  private LogEvent.WipeUnconfirmed unconfirmed(LedgerView view, LeaseId id) {
    if (view.lease(id).filter(lease -> lease.wipe() == Wipe.NOT_HEARD).isEmpty()) {
      throw new Problem(ProblemCode.LEASE_ENDED, "the acknowledgement came after all");
    }
    return new LogEvent.WipeUnconfirmed(clock.millis(), id);
  }

  @Override
  public void close() {
    timer.close();
  }
}
