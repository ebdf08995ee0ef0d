package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.DueEnd;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that leases end, for the cause that holds at the ordering point: a revocation, a newer
 * lease of the same holder, or time. Hears of new grants, and ends what they supersede. What it
 * could not record stays due, and the sweeper asks again.
 */
public final class LeaseEnder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseEnder.class);

  /** Many commits share one write of the log; more at once would only crowd out grants. */
  private static final int PARALLEL = 256;

  private static final long MILLIS = 1_000;

  private final Ledger ledger;
  private final InstantSource clock;
  private final Semaphore permits = new Semaphore(PARALLEL);
  private final Set<LeaseId> inProgress = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public LeaseEnder(Ledger ledger, InstantSource clock) {
    this.ledger = ledger;
    this.clock = clock;
    ledger.subscribe((index, event) -> onCommitted(event));
  }

  private void onCommitted(LogEvent event) {
    if (event instanceof LogEvent.GrantIssued) {
      for (LeaseId id : ledger.view().supersededLeases()) {
        if (inProgress.add(id)) {
          threads.execute(() -> endSuperseded(id));
        }
      }
    }
  }

  private void endSuperseded(LeaseId id) {
    try {
      end(id);
    } catch (Problem e) {
      LOG.warn("the end of {} is not recorded yet: {}", id, e.code().wireName());
    } finally {
      inProgress.remove(id);
    }
  }

  /**
   * Ends a lease if its end is due.
   *
   * @return whether this call ended it
   * @throws Problem {@code LOG_UNAVAILABLE}, {@code OVERLOADED}, {@code SHUTTING_DOWN}
   */
  public boolean end(LeaseId id) {
    permits.acquireUninterruptibly();
    try {
      ledger.commit(view -> ending(view, id));
      return true;
    } catch (Problem e) {
      if (e.code() == ProblemCode.LEASE_ENDED || e.code() == ProblemCode.LEASE_UNKNOWN) {
        return false;
      }
      throw e;
    } finally {
      permits.release();
    }
  }

  /**
   * What became of leases that were to end.
   *
   * @param ended those whose end this call recorded
   * @param pending those whose end could not be recorded now; it stays due
   */
  public record Outcome(List<LeaseId> ended, List<LeaseId> pending) {
    public Outcome {
      ended = List.copyOf(ended);
      pending = List.copyOf(pending);
    }
  }

  /** Ends those whose end is due, side by side. */
  public Outcome endAll(Collection<LeaseId> ids) {
    Map<LeaseId, Future<Boolean>> tasks = new LinkedHashMap<>();
    for (LeaseId id : ids) {
      tasks.put(id, threads.submit(() -> end(id)));
    }
    List<LeaseId> ended = new ArrayList<>();
    List<LeaseId> pending = new ArrayList<>();
    tasks.forEach((id, task) -> {
      try {
        if (task.get()) {
          ended.add(id);
        }
      } catch (ExecutionException e) {
        LOG.warn("the end of {} is not recorded yet", id, e.getCause());
        pending.add(id);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        pending.add(id);
      }
    });
    return new Outcome(ended, pending);
  }

  private LogEvent.LeaseEnded ending(LedgerView view, LeaseId id) {
    LeaseState lease =
        view.lease(id)
            .orElseThrow(
                () -> new Problem(ProblemCode.LEASE_UNKNOWN, "there is no lease of this id"));
    DueEnd due =
        view.dueEnd(id)
            .or(() -> hasRunOut(lease, clock.millis()) ? RUN_OUT : Optional.empty())
            .orElseThrow(
                () -> new Problem(ProblemCode.LEASE_ENDED, "the end of this lease is not due"));
    return new LogEvent.LeaseEnded(clock.millis(), id, due.cause(), due.revocation());
  }

  private static final Optional<DueEnd> RUN_OUT =
      Optional.of(new DueEnd(Lease.EndCause.EXPIRED, null));

  /**
   * Whether a lease has run out: past its end and, where somebody is there to renew it, past its
   * grace.
   *
   * @param now milliseconds since the epoch
   */
  static boolean hasRunOut(LeaseState lease, long now) {
    long grace = lease.mode() == DeliveryMode.INIT ? 0 : lease.graceSeconds();
    return lease.end() == null && now > (lease.expiresAt() + grace) * MILLIS;
  }

  @Override
  public void close() {
    threads.close();
  }
}
