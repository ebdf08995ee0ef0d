package dev.strongroom.keyservice.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases here last 300 seconds, with 60 of grace; an acknowledgement may take 120. */
class LeaseSweeperTest {
  @TempDir Path folder;
  private LeaseFixture world;

  @BeforeEach
  void open() {
    world = new LeaseFixture(folder);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private LeaseState state(LogEvent.GrantIssued grant) {
    return world.ledger().view().lease(grant.lease()).orElseThrow();
  }

  private List<LeaseId> endedAfter(long seconds) {
    world.pass(Duration.ofSeconds(seconds));
    return world.sweeper.sweep().ended();
  }

  @Test
  void aLeaseEndsAfterItsTimeAndItsGrace() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    assertEquals(List.of(), endedAfter(360));
    assertEquals(List.of(grant.lease()), endedAfter(1));
    assertEquals(Lease.EndCause.EXPIRED, state(grant).ended());
    assertEquals(List.of(), endedAfter(1));
  }

  @Test
  void aRenewedLeaseLivesOn() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    world.pass(Duration.ofMinutes(5));
    world.ledger().commit(view -> world.events.renewed(grant.lease(), 1));
    assertEquals(List.of(), endedAfter(360));
    assertEquals(List.of(grant.lease()), endedAfter(1));
  }

  @Test
  void aWipeThatNobodyAcknowledgesIsRecordedOnce() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    endedAfter(361);
    world.pass(Duration.ofMinutes(2));
    assertEquals(List.of(), world.sweeper.sweep().unconfirmed());
    world.pass(Duration.ofSeconds(1));
    assertEquals(List.of(grant.lease()), world.sweeper.sweep().unconfirmed());
    assertEquals(Wipe.UNCONFIRMED, state(grant).wipe());
    world.pass(Duration.ofSeconds(500));
    assertEquals(List.of(), world.sweeper.sweep().unconfirmed());
  }

  @Test
  void nobodyWaitsForAnInitContainerWhoseLeaseRanOut() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1", DeliveryMode.INIT);
    assertEquals(List.of(), endedAfter(300));
    assertEquals(List.of(grant.lease()), endedAfter(1), "there is nobody who could use a grace");
    world.pass(Duration.ofSeconds(500));
    assertEquals(List.of(), world.sweeper.sweep().unconfirmed());
    assertEquals(Wipe.NOT_HEARD, state(grant).wipe());
  }

  @Test
  void aRevokedInitContainerIsRecordedAsUnconfirmed() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1", DeliveryMode.INIT);
    world.revocations.add(
        new RevocationSelector(grant.lease(), null, null, null, null, null), "odd", "issuer|b");
    world.pass(Duration.ofSeconds(121));
    assertEquals(List.of(grant.lease()), world.sweeper.sweep().unconfirmed());
  }

  @Test
  void endsThatACrashLeftDueAreRecorded() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    // The revocation alone, as when the process dies before it has ended the leases.
    LogEvent.RevocationAdded revocation =
        world.events.revoked(new RevocationSelector(null, null, "pod-1", null, null, null));
    world.ledger().commit(view -> revocation);
    assertEquals(List.of(grant.lease()), world.sweeper.sweep().ended());
    assertEquals(Lease.EndCause.REVOKED, state(grant).ended());
    assertEquals(
        revocation.revocation(), java.util.Objects.requireNonNull(state(grant).end()).revocation());
  }

  @Test
  void aClockThatJumpsAheadDoesNotEndEveryLease() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    world.sweeper.sweep();
    world.clock.jump(Duration.ofHours(5));
    assertEquals(List.of(), world.sweeper.sweep().ended());
    assertEquals(List.of(), endedAfter(599));
    assertEquals(List.of(grant.lease()), endedAfter(2), "the hold-off is bounded");
  }

  @Test
  void whatAnOperatorSetsLeavesTheRestAsTested() {
    LeaseSweeper.Limits usual = LeaseSweeper.Limits.DEFAULT;
    assertEquals(
        new LeaseSweeper.Limits(
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            usual.jumpTolerance(),
            usual.jumpHoldOff()),
        LeaseSweeper.Limits.of(Duration.ofMillis(100), Duration.ofSeconds(1)));
  }
}
