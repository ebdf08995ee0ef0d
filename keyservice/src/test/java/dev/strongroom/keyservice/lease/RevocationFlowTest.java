package dev.strongroom.keyservice.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Events;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class RevocationFlowTest {
  private static final String ADMIN = "issuer|admin";

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

  private static RevocationSelector ofLease(LeaseId lease) {
    return new RevocationSelector(lease, null, null, null, null, null);
  }

  private static RevocationSelector ofModel(ModelVersion target, boolean withVersion) {
    return new RevocationSelector(
        null, null, null, null, target.model(), withVersion ? target.version() : null);
  }

  private void assertCode(ProblemCode code, Executable action) {
    assertEquals(code, assertThrows(Problem.class, action).code());
  }

  private Lease.@Nullable EndCause endOf(LogEvent.GrantIssued grant) {
    return world.ledger().view().lease(grant.lease()).map(LeaseState::ended).orElse(null);
  }

  @Test
  void aRevokedModelEndsItsLeasesAndDeniesNewOnesUntilItIsLifted() {
    LogEvent.GrantIssued one = world.grant("issuer|a", "pod-1");
    LogEvent.GrantIssued two = world.grant("issuer|b", null);
    RevocationFlow.Added added = world.revocations.add(ofModel(Events.CHAT, true), "leaked", ADMIN);
    assertEquals(Set.of(one.lease(), two.lease()), Set.copyOf(added.ended()));
    assertEquals(List.of(), added.pending());
    assertEquals(Lease.EndCause.REVOKED, endOf(one));
    assertCode(ProblemCode.REVOKED, () -> world.grant("issuer|c", "pod-9"));
    assertEquals(1, world.revocations.list().size());

    world.revocations.lift(added.revocation(), ADMIN);
    assertEquals(List.of(), world.revocations.list());
    world.grant("issuer|c", "pod-9");
    assertEquals(Lease.EndCause.REVOKED, endOf(one), "what ended stays ended");
    assertCode(
        ProblemCode.REVOCATION_UNKNOWN, () -> world.revocations.lift(added.revocation(), ADMIN));
  }

  @Test
  void anotherVersionIsNotMet() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    ModelVersion other = new ModelVersion(Events.CHAT.model(), new VersionId("2"));
    assertEquals(List.of(), world.revocations.add(ofModel(other, true), "leaked", ADMIN).ended());
    assertEquals(null, endOf(grant));
    assertEquals(
        List.of(grant.lease()),
        world.revocations.add(ofModel(other, false), "all versions", ADMIN).ended());
  }

  @Test
  void aRevokedLeaseDeniesItsPodEverything() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    LogEvent.GrantIssued neighbour = world.grant("issuer|a", "pod-2");
    RevocationFlow.Added added = world.revocations.add(ofLease(grant.lease()), "odd", ADMIN);
    assertEquals(List.of(grant.lease()), added.ended());
    assertCode(ProblemCode.REVOKED, () -> world.grant("issuer|a", "pod-1"));
    assertEquals(null, endOf(neighbour));
    world.grant("issuer|a", "pod-3");
    assertEquals(
        "pod-1", world.revocations.list().getFirst().selector().podUid(), "the log names it");
  }

  @Test
  void withoutAPodAFreshProofKeyDoesNotHelp() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", null);
    LogEvent.GrantIssued sibling = world.grant("issuer|a", null);
    RevocationFlow.Added added = world.revocations.add(ofLease(grant.lease()), "odd", ADMIN);
    assertEquals(List.of(grant.lease()), added.ended());
    assertEquals(null, endOf(sibling), "another process of this subject keeps its lease");
    assertCode(ProblemCode.REVOKED, () -> world.grant("issuer|a", null));
    world.grant("issuer|b", null);
  }

  @Test
  void malformedRevocationsAreRefused() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    assertCode(
        ProblemCode.LEASE_UNKNOWN,
        () -> world.revocations.add(ofLease(world.events.leaseId()), "odd", ADMIN));
    assertCode(
        ProblemCode.MALFORMED_REQUEST,
        () ->
            world.revocations.add(
                new RevocationSelector(grant.lease(), "issuer|b", null, null, null, null),
                "odd",
                ADMIN));
    assertCode(
        ProblemCode.MALFORMED_REQUEST,
        () -> world.revocations.add(ofLease(grant.lease()), " ", ADMIN));
    assertCode(
        ProblemCode.MALFORMED_REQUEST,
        () -> world.revocations.add(ofLease(grant.lease()), "x".repeat(1_025), ADMIN));
    assertEquals(List.of(), world.revocations.list());
  }

  @Test
  void aRevocationAndItsEndsSurviveARestart() {
    LogEvent.GrantIssued grant = world.grant("issuer|a", "pod-1");
    world.revocations.add(ofLease(grant.lease()), "odd", ADMIN);
    world.close();
    world = new LeaseFixture(folder, 2);
    assertEquals(Lease.EndCause.REVOKED, endOf(grant));
    assertCode(ProblemCode.REVOKED, () -> world.grant("issuer|a", "pod-1"));
  }

  @Test
  void aSecondGrantOfAPodEndsTheFirst() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    world
        .ledger()
        .subscribe((index, event) -> {
          if (event instanceof LogEvent.LeaseEnded) {
            ended.countDown();
          }
        });
    LogEvent.GrantIssued first = world.grant("issuer|a", "pod-1");
    LogEvent.GrantIssued second = world.grant("issuer|a", "pod-1");
    assertTrue(ended.await(20, TimeUnit.SECONDS), "nobody ended the first");
    assertEquals(Lease.EndCause.SUPERSEDED, endOf(first));
    assertEquals(null, endOf(second));
    assertTrue(world.ledger().view().supersededLeases().isEmpty());
  }
}
