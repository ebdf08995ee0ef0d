package dev.strongroom.keyservice.publish;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.catalog.PublicationStore;
import dev.strongroom.keyservice.catalog.PublicationStore.Unsettled;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.Ledger.Committed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows that wait for an entry of the log. Each is prepared, then its entry is appended, then it is
 * settled. Where the process dies in between, or the log does not confirm in time, the log decides:
 * at the next start by a look at its end, before by what it announces when it becomes durable.
 */
final class Settlement {
  private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

  private final DraftStore drafts;
  private final PublicationStore publications;
  private final Ledger ledger;

  Settlement(DraftStore drafts, PublicationStore publications, Ledger ledger) {
    this.drafts = drafts;
    this.publications = publications;
    this.ledger = ledger;
  }

  private enum Standing {
    PENDING,
    ADMITTED,
    WITHDRAWN
  }

  /**
   * Appends the entry of a prepared row. When it is certain that the log will never have it, the
   * row is withdrawn; when it is not, the row stays as it is until the log decides.
   *
   * @throws Problem what the ledger or the admission throws
   */
  <E extends LogEvent> Committed<E> record(
      DraftId id, Ledger.Admission<E> admission, Consumer<DraftId> withdraw) {
    AtomicReference<Standing> standing = new AtomicReference<>(Standing.PENDING);
    try {
      return ledger.commit(view -> {
        E event = admission.admit(view);
        if (!standing.compareAndSet(Standing.PENDING, Standing.ADMITTED)) {
          throw new Problem(ProblemCode.LOG_UNAVAILABLE, "nobody waits for this entry any more");
        }
        return event;
      });
    } catch (Problem e) {
      boolean neverAdmitted = standing.compareAndSet(Standing.PENDING, Standing.WITHDRAWN);
      if (neverAdmitted || !mayStandInTheLog(e)) {
        withdraw.accept(id);
      }
      throw e;
    }
  }

  private static boolean mayStandInTheLog(Problem e) {
    return e.code() == ProblemCode.LOG_UNAVAILABLE || e.code() == ProblemCode.SHUTTING_DOWN;
  }

  /** Settles what a former process left, and listens from then on. */
  void begin(LogHistory history) {
    ledger.subscribe(this::committed);
    List<Unsettled> left = publications.unsettled();
    if (left.isEmpty()) {
      return;
    }
    Map<DraftId, Long> recorded = new HashMap<>();
    long from = left.stream().mapToLong(Unsettled::logFrom).min().orElse(0);
    history.follow(
        from,
        (index, event) -> {
          switch (event) {
            case LogEvent.VersionPublished published -> recorded.put(published.draft(), index);
            case LogEvent.DraftAbandoned abandoned -> recorded.put(abandoned.draft(), index);
            case LogEvent.ServiceStarted other -> {}
            case LogEvent.PolicyApplied other -> {}
            case LogEvent.DraftKeyReleased other -> {}
            case LogEvent.GrantIssued other -> {}
            case LogEvent.RequestDenied other -> {}
            case LogEvent.DenialsSummarised other -> {}
            case LogEvent.LeaseRenewed other -> {}
            case LogEvent.LeaseEnded other -> {}
            case LogEvent.LeaseWiped other -> {}
            case LogEvent.WipeUnconfirmed other -> {}
            case LogEvent.RevocationAdded other -> {}
            case LogEvent.RevocationLifted other -> {}
            case LogEvent.KekRotateBegun other -> {}
            case LogEvent.KekRotated other -> {}
            case LogEvent.DataKeysRewrapped other -> {}
            case LogEvent.DataKeysMigrated other -> {}
            case LogEvent.DataKeyErased other -> {}
            case LogEvent.KekEraseBegun other -> {}
            case LogEvent.KekErased other -> {}
          }
        });
    left.forEach(unsettled -> settle(unsettled, recorded));
  }

  private void settle(Unsettled unsettled, Map<DraftId, Long> recorded) {
    DraftId id = unsettled.id();
    Long index = recorded.get(id);
    switch (unsettled.state()) {
      case FINALISING -> {
        if (index == null) {
          publications.withdraw(id);
        } else {
          publications.confirm(id, index);
        }
      }
      case ABANDONING -> {
        if (index == null) {
          drafts.withdrawAbandon(id);
        } else {
          drafts.confirmAbandon(id);
        }
      }
      case OPEN -> throw new IllegalStateException("an open draft waits for nothing");
    }
  }

  // Called on the thread that hands entries on, which must not wait for the store.
  private void committed(long index, LogEvent event) {
    if (event instanceof LogEvent.VersionPublished published) {
      afterwards(() -> publications.confirm(published.draft(), index));
    } else if (event instanceof LogEvent.DraftAbandoned abandoned) {
      afterwards(() -> drafts.confirmAbandon(abandoned.draft()));
    }
  }

  private static void afterwards(Runnable settle) {
    Thread.ofVirtual()
        .name("settlement")
        .start(() -> {
          try {
            settle.run();
          } catch (Problem e) {
            LOG.error("a recorded publication becomes visible at the next start only", e);
          }
        });
  }
}
