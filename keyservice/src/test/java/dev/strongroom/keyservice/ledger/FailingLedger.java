package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A ledger that does not take the events of one kind, for as long as a test wants it. */
public final class FailingLedger implements Ledger {
  private final Ledger ledger;
  private final AtomicReference<@Nullable Class<? extends LogEvent>> failing =
      new AtomicReference<>();

  public FailingLedger(Ledger ledger) {
    this.ledger = ledger;
  }

  public void failFor(Class<? extends LogEvent> kind) {
    failing.set(kind);
  }

  public void heal() {
    failing.set(null);
  }

  @Override
  public <E extends LogEvent> Committed<E> commit(Admission<E> admission) {
    return ledger.commit(view -> {
      E event = admission.admit(view);
      Class<? extends LogEvent> kind = failing.get();
      if (kind != null && kind.isInstance(event)) {
        throw new Problem(ProblemCode.LOG_UNAVAILABLE, "as the test wants it");
      }
      return event;
    });
  }

  @Override
  public void requireGrantable(
      LedgerView.Holder holder, ModelVersion target, Sha256Digest nonceHash) {
    ledger.requireGrantable(holder, target, nonceHash);
  }

  @Override
  public LedgerView view() {
    return ledger.view();
  }

  @Override
  public long durableSize() {
    return ledger.durableSize();
  }

  @Override
  public void subscribe(Listener listener) {
    ledger.subscribe(listener);
  }
}
