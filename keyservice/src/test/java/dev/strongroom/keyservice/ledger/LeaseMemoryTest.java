package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which leases stay in memory when more end than it keeps. */
class LeaseMemoryTest {
  private static final int KEPT = 3;

  private final Events events = new Events(7);
  private final LedgerState state = state(KEPT);
  private final LedgerState whole = state(1_000);
  private final List<LeaseId> leases = new ArrayList<>();
  private long next;

  private static LedgerState state(int maxSettled) {
    return new LedgerState(Duration.ofMinutes(2), Duration.ofDays(7), maxSettled);
  }

  private void apply(LogEvent event) {
    state.apply(next, event);
    whole.apply(next, event);
    next++;
    events.pass(1);
  }

  private LeaseId grant() {
    LogEvent.GrantIssued grant = events.grant("i|s", "pod-" + leases.size(), Events.CHAT);
    leases.add(grant.lease());
    apply(grant);
    return grant.lease();
  }

  private LeaseId ended() {
    LeaseId lease = grant();
    apply(events.ended(lease, Lease.EndCause.EXPIRED));
    return lease;
  }

  private LeaseId settled() {
    LeaseId lease = ended();
    apply(events.wiped(lease));
    return lease;
  }

  private void assertKnown(LeaseId lease, boolean isKnown) {
    assertEquals(isKnown, state.lease(lease).isPresent());
  }

  @Test
  void forgetsThoseThatEndedFirstAndNeverALiveOneOrOneWhoseWipeIsAwaited() {
    LeaseId live = grant();
    LeaseId awaited = ended();
    List<LeaseId> settled = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      settled.add(settled());
    }
    for (int i = 0; i < 10; i++) {
      assertKnown(settled.get(i), i >= 10 - KEPT);
    }
    assertEquals(List.of(live), state.liveLeases().stream().map(LeaseState::id).toList());
    assertEquals(List.of(awaited), state.awaitingWipe().stream().map(LeaseState::id).toList());
    // It ended before all that are kept.
    apply(events.wiped(awaited));
    assertKnown(awaited, false);
    assertTrue(state.awaitingWipe().isEmpty());
    assertSameFromTheTables();
  }

  @Test
  void aLateAcknowledgementOfAForgottenLeaseIsOfAnUnknownOne() {
    LeaseId lease = ended();
    apply(new LogEvent.WipeUnconfirmed(events.now(), lease));
    OrderingRules rules = new OrderingRules(state, LedgerLimits.Live.DEFAULT);
    rules.require(events.wiped(lease));
    for (int i = 0; i < KEPT; i++) {
      settled();
    }
    Problem late = assertThrows(Problem.class, () -> rules.require(events.wiped(lease)));
    assertEquals(ProblemCode.LEASE_UNKNOWN, late.code());
  }

  @Test
  void theOrderInWhichLeasesSettleDoesNotMatter() {
    List<LeaseId> ended = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ended.add(ended());
    }
    for (int i : new int[] {7, 0, 5, 2, 6, 1, 4, 3}) {
      apply(events.wiped(ended.get(i)));
    }
    for (int i = 0; i < 8; i++) {
      assertKnown(ended.get(i), i >= 8 - KEPT);
    }
    assertSameFromTheTables();
  }

  /** The tables hold every lease; what is restored from them is what the log gave. */
  private void assertSameFromTheTables() {
    LedgerState restored = state(KEPT);
    restored.restore(next, events.now(), 0, AppliedPolicy.NONE);
    for (LeaseId lease : leases) {
      restored.restoreLease(whole.lease(lease).orElseThrow(), false);
    }
    for (LeaseId lease : leases) {
      Optional<LeaseState> expected = state.lease(lease);
      assertEquals(expected, restored.lease(lease));
    }
    assertEquals(state.liveLeases(), restored.liveLeases());
    assertEquals(state.awaitingWipe(), restored.awaitingWipe());
  }
}
