package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A ledger that does not take the events of one kind, or takes one that does not become durable,
 * for as long as a test wants it.
 */
public final class FailingLedger implements Ledger {
  private final Ledger ledger;
  private final AtomicReference<@Nullable Class<? extends LogEvent>> failing =
      new AtomicReference<>();
  private final AtomicReference<@Nullable Class<? extends LogEvent>> hanging =
      new AtomicReference<>();
  private volatile long durableUpTo = Long.MAX_VALUE;

  public FailingLedger(Ledger ledger) {
    this.ledger = ledger;
  }

  public void failFor(Class<? extends LogEvent> kind) {
    failing.set(kind);
  }

  /**
   * As a log whose disk hangs once it has admitted an event of this kind: the view has it, nothing
   * is durable from there on, and nothing more is admitted.
   */
  public void hangAfter(Class<? extends LogEvent> kind) {
    hanging.set(kind);
  }

  /** What hung is durable now. */
  public void heal() {
    failing.set(null);
    hanging.set(null);
    durableUpTo = Long.MAX_VALUE;
  }

  @Override
  public <E extends LogEvent> Committed<E> commit(Admission<E> admission) {
    if (durableUpTo != Long.MAX_VALUE) {
      throw refused();
    }
    Committed<E> committed =
        ledger.commit(view -> {
          E event = admission.admit(view);
          Class<? extends LogEvent> kind = failing.get();
          if (kind != null && kind.isInstance(event)) {
            throw refused();
          }
          return event;
        });
    Class<? extends LogEvent> kind = hanging.get();
    if (kind != null && kind.isInstance(committed.event())) {
      durableUpTo = committed.index();
      throw refused();
    }
    return committed;
  }

  private static Problem refused() {
    return new Problem(ProblemCode.LOG_UNAVAILABLE, "as the test wants it");
  }

  @Override
  public void requireGrantable(Holding asker, Sha256Digest nonceHash) {
    ledger.requireGrantable(asker, nonceHash);
  }

  @Override
  public LedgerView view() {
    return ledger.view();
  }

  @Override
  public long durableSize() {
    return Math.min(durableUpTo, ledger.durableSize());
  }

  @Override
  public void subscribe(Listener listener) {
    ledger.subscribe(listener);
  }
}
