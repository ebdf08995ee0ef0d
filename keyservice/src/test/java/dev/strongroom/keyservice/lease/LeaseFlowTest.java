package dev.strongroom.keyservice.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.VerifiedCertificate;
import dev.strongroom.keyservice.ledger.Events;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Explanation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class LeaseFlowTest {
  private static final Lease.Wiped WIPED =
      new Lease.Wiped(Lease.EndCause.RELEASED, 3, 4_096, Lease.ConsumerEnd.ENDED, true);

  @TempDir Path folder;
  private LeaseFixture world;
  private LogEvent.GrantIssued grant;

  @BeforeEach
  void open() {
    world = new LeaseFixture(folder);
    grant = world.grant("issuer|s", "pod-1");
  }

  @AfterEach
  void close() {
    world.close();
  }

  private static Decision.Allowed allowed(Sha256Digest policy) {
    return new Decision.Allowed(
        new Decision.LeaseTerms(600, 200, 30, ExpiryMode.WIPE),
        policy,
        new Explanation("yes", List.of()));
  }

  // The grants of these tests to pods rest on one.
  private static VerifiedCertificate certificateOf(Identity identity) {
    return new VerifiedCertificate(
        identity.issuer(), identity.canonical(), Sha256Digest.of(new byte[0]), Instant.MAX);
  }

  private LeaseFlow.Renewal renewal(long sequence) {
    return renewal(grant.lease(), grant.jkt(), sequence, "s", "pod-1");
  }

  private static LeaseFlow.Renewal renewal(
      LeaseId lease, String jkt, long sequence, String subject, @Nullable String podUid) {
    Identity identity = new Identity("issuer", subject, Map.of(), null, Instant.MAX);
    return new LeaseFlow.Renewal(
        lease,
        jkt,
        sequence,
        podUid == null ? identity : identity.with(certificateOf(identity)),
        podUid,
        "192.0.2.1");
  }

  private void assertCode(ProblemCode code, Executable action) {
    assertEquals(code, assertThrows(Problem.class, action).code());
  }

  private LeaseState state() {
    return world.ledger().view().lease(grant.lease()).orElseThrow();
  }

  @Test
  void aRenewalIsRecordedAndItsStatementIsSigned() {
    world.pass(Duration.ofSeconds(100));
    List<AccessRequest> asked = new ArrayList<>();
    Lease.Renewed renewed =
        world.flow.renew(
            renewal(1),
            request -> {
              asked.add(request);
              return allowed(Events.POLICY);
            });
    Lease.Statement statement =
        world.verified(renewed.statement(), MessageType.LEASE_STATEMENT, Lease.Statement.class);
    long now = Events.START_SECONDS + 100;
    assertEquals(
        new Lease.Statement(
            Lease.Statement.FORMAT,
            LeaseFixture.ORIGIN,
            grant.lease(),
            grant.jkt(),
            1,
            now,
            now + 600,
            600,
            200,
            30),
        statement);
    assertEquals(1, state().sequence());
    assertEquals(now + 600, state().expiresAt());
    AccessRequest request = asked.getFirst();
    assertEquals(Action.DECRYPT, request.action());
    assertEquals(Events.CHAT.model(), request.model());
    assertEquals("pod-1", assertNotNullAnd(request.workload()).podUid());
  }

  @Test
  void aRenewalIsDecidedWithTheEvidenceAndTheWishOfTheGrant() {
    List<String> evidence = List.of("sev-snp", "nvidia-gpu");
    LogEvent.GrantIssued attested =
        world.events.attested(world.events.grant("issuer|s", "pod-2", Events.CHAT), evidence, 450);
    world.ledger().commit(view -> attested);
    for (long sequence = 1; sequence <= 2; sequence++) {
      List<AccessRequest> asked = new ArrayList<>();
      world.flow.renew(
          renewal(attested.lease(), attested.jkt(), sequence, "s", "pod-2"),
          request -> {
            asked.add(request);
            return allowed(Events.POLICY);
          });
      AccessRequest.Workload workload = assertNotNullAnd(asked.getFirst().workload());
      assertEquals(evidence, workload.evidenceTypes());
      assertEquals(Events.claims(evidence), workload.claims());
      assertEquals(450, workload.leaseSeconds());
      // Renewing makes evidence no younger.
      assertEquals(Instant.ofEpochMilli(attested.at()), workload.evidenceAt());
      world.pass(Duration.ofSeconds(100));
    }
  }

  private static <T> T assertNotNullAnd(@Nullable T value) {
    assertNotNull(value);
    return value;
  }

  @Test
  void renewalsAreNumberedAndNoneIsRepeated() {
    world.flow.renew(renewal(1), request -> allowed(Events.POLICY));
    assertCode(
        ProblemCode.LEASE_SEQUENCE_MISMATCH,
        () -> world.flow.renew(renewal(1), request -> allowed(Events.POLICY)));
    assertCode(
        ProblemCode.LEASE_SEQUENCE_MISMATCH,
        () -> world.flow.renew(renewal(3), request -> allowed(Events.POLICY)));
    world.flow.renew(renewal(2), request -> allowed(Events.POLICY));
    assertEquals(2, state().sequence());
  }

  @Test
  void whoIsNotTheHolderIsRefused() {
    assertCode(
        ProblemCode.LEASE_UNKNOWN,
        () ->
            world.flow.renew(
                renewal(world.events.leaseId(), grant.jkt(), 1, "s", "pod-1"),
                request -> allowed(Events.POLICY)));
    assertCode(
        ProblemCode.PROOF_INVALID,
        () ->
            world.flow.renew(
                renewal(grant.lease(), "another", 1, "s", "pod-1"),
                request -> allowed(Events.POLICY)));
    assertCode(
        ProblemCode.ACCESS_DENIED,
        () ->
            world.flow.renew(
                renewal(grant.lease(), grant.jkt(), 1, "other", "pod-1"),
                request -> allowed(Events.POLICY)));
    assertCode(
        ProblemCode.ACCESS_DENIED,
        () ->
            world.flow.renew(
                renewal(grant.lease(), grant.jkt(), 1, "s", "pod-2"),
                request -> allowed(Events.POLICY)));
    assertCode(
        ProblemCode.ACCESS_DENIED,
        () ->
            world.flow.renew(
                renewal(grant.lease(), grant.jkt(), 1, "s", null),
                request -> allowed(Events.POLICY)));
    assertEquals(0, state().sequence());
  }

  @Test
  void thePolicysRefusalIsPassedOnAndNothingIsRecorded() {
    Problem refusal = new Problem(ProblemCode.CONDITION_FAILED, "not at night");
    Problem thrown =
        assertThrows(
            Problem.class,
            () ->
                world.flow.renew(
                    renewal(1),
                    request -> {
                      throw refusal;
                    }));
    assertEquals(refusal, thrown);
    assertEquals(0, state().sequence());
  }

  @Test
  void aPolicyThatChangedMeanwhileIsAskedAgain() {
    Sha256Digest old = Events.digest("old policy");
    List<Sha256Digest> digests = new ArrayList<>(List.of(old, Events.POLICY));
    world.flow.renew(renewal(1), request -> allowed(digests.removeFirst()));
    assertEquals(1, state().sequence());
    assertCode(
        ProblemCode.POLICY_CHANGED, () -> world.flow.renew(renewal(2), request -> allowed(old)));
  }

  @Test
  void anEndedLeaseIsNotRenewed() {
    world.flow.wiped(grant.lease(), grant.jkt(), WIPED);
    assertCode(
        ProblemCode.LEASE_ENDED,
        () -> world.flow.renew(renewal(1), request -> allowed(Events.POLICY)));
  }

  @Test
  void aLeaseThatIsGivenBackEndsAndTheWipeIsRecordedOnce() {
    world.flow.wiped(grant.lease(), grant.jkt(), WIPED);
    assertEquals(Lease.EndCause.RELEASED, state().ended());
    assertTrue(state().wiped());
    long size = world.ledger().durableSize();
    world.flow.wiped(grant.lease(), grant.jkt(), WIPED);
    assertEquals(size, world.ledger().durableSize());
    assertCode(ProblemCode.PROOF_INVALID, () -> world.flow.wiped(grant.lease(), "another", WIPED));
  }

  @Test
  void aLateAcknowledgementIsRecordedAfterTheWipeWasUnconfirmed() {
    world.pass(Duration.ofSeconds(400));
    world.sweeper.sweep();
    world.pass(Duration.ofSeconds(200));
    assertEquals(List.of(grant.lease()), world.sweeper.sweep().unconfirmed());
    world.flow.wiped(grant.lease(), grant.jkt(), WIPED);
    assertTrue(state().wiped());
    assertEquals(Lease.EndCause.EXPIRED, state().ended());
  }
}
