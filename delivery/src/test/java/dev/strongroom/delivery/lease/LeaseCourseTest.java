package dev.strongroom.delivery.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A lease of 60 seconds, renewed after 20, with a grace of 30, granted at second 1000. */
class LeaseCourseTest {
  private static final long SENT = 1000;

  private LeaseCourse course = course(ExpiryMode.WIPE, 30);

  static Grant grant(ExpiryMode onExpiry, long grace) {
    Sha256Digest digest = Sha256Digest.of(new byte[0]);
    ModelVersion target = ModelVersion.parse("acme/chat:3");
    return new Grant(
        Grant.FORMAT,
        "https://keys.example.org",
        LeaseId.random(new SecureRandom()),
        target.model(),
        target.version(),
        digest,
        DataKeyId.random(new SecureRandom()),
        new Grant.Confirmation("jkt"),
        SealSuite.X25519,
        digest,
        digest,
        "issuer|subject",
        null,
        DeliveryMode.SIDECAR,
        onExpiry,
        false,
        null,
        digest,
        1,
        61,
        60,
        20,
        grace);
  }

  // With a random source of zeros there is no jitter.
  private static LeaseCourse course(ExpiryMode onExpiry, long grace) {
    return new LeaseCourse(grant(onExpiry, grace), at(SENT), () -> 0L);
  }

  private static long at(long second) {
    return TimeUnit.SECONDS.toNanos(second);
  }

  private static Problem problem(ProblemCode code) {
    return new Problem(code, "said the test");
  }

  private LeaseStep next(long second) {
    return course.next(at(second));
  }

  private void renews(long second, long sequence) {
    assertEquals(new LeaseStep.Renew(sequence), next(second));
  }

  private void waits(long second, long until) {
    assertEquals(new LeaseStep.Wait(at(until)), next(second));
  }

  private Lease.EndCause ends(long second) {
    return assertInstanceOf(LeaseStep.End.class, next(second)).ended().cause();
  }

  private Lease.Statement statement(long sequence) {
    return new Lease.Statement(
        Lease.Statement.FORMAT,
        "https://keys.example.org",
        LeaseId.random(new SecureRandom()),
        "jkt",
        sequence,
        1,
        61,
        60,
        20,
        30);
  }

  @Test
  void itWaitsThenRenewsThenWaitsForTheAnswerNoLongerThanItLasts() {
    waits(1000, 1020);
    waits(1019, 1020);
    renews(1020, 1);
    waits(1021, 1060);
  }

  @Test
  void aRenewalCountsFromWhenItWasSent() {
    renews(1020, 1);
    course.renewed(statement(1), at(1020));
    assertEquals(new LeaseState.Held(at(1080), at(1040)), course.state());
    waits(1035, 1040);
    renews(1040, 2);
  }

  @Test
  void silenceLeadsThroughTheGraceToTheEnd() {
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1030));
    waits(1030, 1031);
    renews(1031, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1046));
    waits(1046, 1048);
    renews(1060, 1);
    assertEquals(new LeaseState.Expiring(at(1090)), course.state());
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1061));
    assertInstanceOf(LeaseStep.Wait.class, next(1062));
    assertEquals(Lease.EndCause.EXPIRED, ends(1090));
  }

  @Test
  void aRenewalWithinTheGraceSavesTheLease() {
    renews(1061, 1);
    course.renewed(statement(1), at(1061));
    assertEquals(new LeaseState.Held(at(1121), at(1081)), course.state());
  }

  @Test
  void withoutAGraceItEndsOnTime() {
    course = course(ExpiryMode.WIPE, 0);
    renews(1020, 1);
    waits(1059, 1060);
    assertEquals(Lease.EndCause.EXPIRED, ends(1060));
  }

  @Test
  void aRefusalLeavesTheRestOfTheLeaseAndNoGrace() {
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.ACCESS_DENIED), at(1021));
    renews(1025, 1);
    course.notRenewed(problem(ProblemCode.ACCESS_DENIED), at(1026));
    assertEquals(Lease.EndCause.EXPIRED, ends(1060));
  }

  @Test
  void aRefusalIsNotForgottenWhenTheServiceFallsSilent() {
    course = course(ExpiryMode.KEEP_SERVING, 30);
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.ACCESS_DENIED), at(1021));
    renews(1050, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1055));
    assertEquals(Lease.EndCause.EXPIRED, ends(1060));
  }

  @Test
  void whatTheServiceNeverRefusedLeavesTheGrace() {
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.TOKEN_MISSING), at(1021));
    renews(1030, 1);
    course.notVerified(problem(ProblemCode.GRANT_MISMATCH), at(1031));
    assertInstanceOf(LeaseStep.Renew.class, next(1060));
    assertEquals(new LeaseState.Expiring(at(1090)), course.state());
  }

  @Test
  void aRefusalDuringTheGraceEndsIt() {
    renews(1061, 1);
    course.notRenewed(problem(ProblemCode.ACCESS_DENIED), at(1062));
    assertEquals(Lease.EndCause.EXPIRED, ends(1062));
  }

  @Test
  void keepServingOutlivesSilence() {
    course = course(ExpiryMode.KEEP_SERVING, 0);
    renews(1060, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1061));
    renews(1_000_000, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1_000_001));
    assertInstanceOf(LeaseStep.Wait.class, next(1_000_001));
  }

  @Test
  void keepServingDoesNotOutliveARefusal() {
    course = course(ExpiryMode.KEEP_SERVING, 30);
    renews(1070, 1);
    course.notRenewed(problem(ProblemCode.ACCESS_DENIED), at(1071));
    assertEquals(Lease.EndCause.EXPIRED, ends(1071));
  }

  @ParameterizedTest
  @EnumSource(ExpiryMode.class)
  void aRevocationHasNoGrace(ExpiryMode onExpiry) {
    course = course(onExpiry, 30);
    waits(1001, 1020);
    course.ended(Lease.EndCause.REVOKED, "an operator said so");
    assertEquals(Lease.EndCause.REVOKED, ends(1001));
  }

  @ParameterizedTest
  @EnumSource(
      value = ProblemCode.class,
      names = {"REVOKED", "LEASE_ENDED"})
  void aRevocationThatARenewalTellsOfHasNoGraceEither(ProblemCode code) {
    course = course(ExpiryMode.KEEP_SERVING, 30);
    renews(1020, 1);
    course.notRenewed(problem(code), at(1021));
    assertEquals(Lease.EndCause.REVOKED, ends(1021));
  }

  @Test
  void nothingBringsAnEndedLeaseBack() {
    renews(1020, 1);
    course.ended(Lease.EndCause.REVOKED, "");
    course.renewed(statement(1), at(1020));
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1021));
    course.ended(Lease.EndCause.RELEASED, "");
    assertEquals(Lease.EndCause.REVOKED, ends(1022));
  }

  @Test
  void aMachineThatWasSuspendedPastItsLeaseAsksBeforeItGivesUp() {
    waits(1001, 1020);
    renews(1075, 1);
    assertEquals(new LeaseState.Expiring(at(1090)), course.state());
  }

  @Test
  void aMachineThatWasSuspendedPastItsGraceGivesUp() {
    waits(1001, 1020);
    assertEquals(Lease.EndCause.EXPIRED, ends(5000));
  }

  @Test
  void aLostAnswerDoesNotLoseTheSequence() {
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.SERVICE_UNREACHABLE), at(1030));
    renews(1035, 1);
    course.notRenewed(problem(ProblemCode.LEASE_SEQUENCE_MISMATCH), at(1036));
    renews(1036, 2);
    course.renewed(statement(2), at(1036));
    renews(1056, 3);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"LOG_UNAVAILABLE", "SHUTTING_DOWN", "OVERLOADED", "INTERNAL", "REQUEST_TIMEOUT"})
  void aRenewalThatMayHaveBeenCountedDoesNotLoseTheSequence(ProblemCode code) {
    renews(1020, 1);
    course.notRenewed(problem(code), at(1030));
    renews(1035, 1);
    course.notRenewed(problem(ProblemCode.LEASE_SEQUENCE_MISMATCH), at(1036));
    renews(1036, 2);
  }

  @Test
  void anAnswerThatDoesNotVerifyDoesNotLoseTheSequence() {
    renews(1020, 1);
    course.notVerified(problem(ProblemCode.GRANT_SIGNATURE_INVALID), at(1030));
    renews(1035, 1);
    course.notRenewed(problem(ProblemCode.LEASE_SEQUENCE_MISMATCH), at(1036));
    renews(1036, 2);
  }

  @Test
  void aForeignSequenceIsNotFollowed() {
    renews(1020, 1);
    course.notRenewed(problem(ProblemCode.LEASE_SEQUENCE_MISMATCH), at(1021));
    waits(1021, 1022);
    renews(1022, 1);
  }
}
