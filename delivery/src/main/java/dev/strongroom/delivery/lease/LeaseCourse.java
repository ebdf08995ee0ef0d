package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The course of one lease as rules, without threads, waiting or input and output: it is told what
 * happened and when, and says what to do next. For one thread.
 *
 * <ul>
 *   <li>A lease lasts from the sending of the request that gave it.
 *   <li>It is renewed somewhat before the time that the service names, and again with growing
 *       pauses when that fails.
 *   <li>When its time is over and the service said no, it ends. When the service was not heard,
 *       what is delivered may stay for the grace, or for as long as it takes under {@code
 *       keep-serving}.
 *   <li>A revocation ends it at once, with neither.
 * </ul>
 */
final class LeaseCourse {
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);
  private static final int JITTER_PERCENT = 10;

  // The service counts a renewal before its log has it: these answers do not say that it did not.
  private static final Set<ProblemCode> MAY_HAVE_COUNTED =
      EnumSet.of(
          ProblemCode.SERVICE_UNREACHABLE,
          ProblemCode.LOG_UNAVAILABLE,
          ProblemCode.SHUTTING_DOWN,
          ProblemCode.OVERLOADED,
          ProblemCode.INTERNAL,
          ProblemCode.REQUEST_TIMEOUT);

  private final ExpiryMode onExpiry;
  private final RandomGenerator random;
  private LeaseState state;
  private long sequence;
  private long unanswered;
  private long graceNanos;
  private long endsAt;
  private long pause = FIRST_PAUSE;
  private long nextAttempt;
  private boolean renewing;
  private boolean refused;
  private String trouble = "the service was not heard";

  LeaseCourse(Grant grant, long sentAt, RandomGenerator random) {
    this.onExpiry = grant.onExpiry();
    this.random = random;
    this.state =
        held(sentAt, grant.leaseSeconds(), grant.renewAfterSeconds(), grant.graceSeconds());
  }

  LeaseState state() {
    return state;
  }

  /** What to do now. A renewal that it asks for counts as begun. */
  LeaseStep next(long now) {
    if (state instanceof LeaseState.Held && now >= endsAt) {
      state = lapsed();
    }
    if (state instanceof LeaseState.Expiring expiring && (refused || now >= expiring.until())) {
      state = new LeaseState.Ended(Lease.EndCause.EXPIRED, trouble);
    }
    return switch (state) {
      case LeaseState.Held held -> renewOrWait(now, held.endsAt());
      case LeaseState.Expiring expiring -> renewOrWait(now, expiring.until());
      case LeaseState.Ended ended -> new LeaseStep.End(ended);
    };
  }

  private LeaseState lapsed() {
    if (refused) {
      return new LeaseState.Ended(Lease.EndCause.EXPIRED, trouble);
    }
    return new LeaseState.Expiring(
        onExpiry == ExpiryMode.KEEP_SERVING ? Long.MAX_VALUE : endsAt + graceNanos);
  }

  private LeaseStep renewOrWait(long now, long until) {
    if (renewing) {
      return new LeaseStep.Wait(until);
    }
    if (now < nextAttempt) {
      return new LeaseStep.Wait(Math.min(nextAttempt, until));
    }
    renewing = true;
    return new LeaseStep.Renew(sequence + 1);
  }

  /** The service extended the lease, by a request that was sent then. */
  void renewed(Lease.Statement statement, long sentAt) {
    renewing = false;
    if (state instanceof LeaseState.Ended) {
      return;
    }
    sequence = statement.sequence();
    unanswered = 0;
    refused = false;
    pause = FIRST_PAUSE;
    state =
        held(
            sentAt,
            statement.leaseSeconds(),
            statement.renewAfterSeconds(),
            statement.graceSeconds());
  }

  /** The service answered a renewal, but what it said does not verify: nobody trusted was heard. */
  void notVerified(Problem problem, long now) {
    renewing = false;
    if (state instanceof LeaseState.Ended) {
      return;
    }
    trouble = problem.code().wireName() + ": " + problem.getMessage();
    unanswered++;
    tryLater(now);
  }

  /** A renewal did not succeed. */
  void notRenewed(Problem problem, long now) {
    renewing = false;
    if (state instanceof LeaseState.Ended) {
      return;
    }
    ProblemCode code = problem.code();
    trouble = code.wireName() + ": " + problem.getMessage();
    if (code == ProblemCode.REVOKED || code == ProblemCode.LEASE_ENDED) {
      state = new LeaseState.Ended(Lease.EndCause.REVOKED, trouble);
      return;
    }
    if (code == ProblemCode.LEASE_SEQUENCE_MISMATCH && unanswered > 0) {
      // An answer got lost: the service has counted a renewal that we have not.
      sequence++;
      unanswered--;
      nextAttempt = now;
      return;
    }
    if (MAY_HAVE_COUNTED.contains(code)) {
      unanswered++;
    }
    // An absent token is found out here and was never shown to the service, which refused nothing.
    boolean denied =
        code.category() == ProblemCode.Category.DENY
            || code.category() == ProblemCode.Category.CALLER;
    // Only a renewal takes a refusal back.
    refused |= denied && code != ProblemCode.TOKEN_MISSING;
    tryLater(now);
  }

  private void tryLater(long now) {
    nextAttempt = now + jittered(pause);
    pause = Math.min(LONGEST_PAUSE, pause * 2);
  }

  /** The service said that the lease ended, or the holder gives it back. */
  void ended(Lease.EndCause cause, String reason) {
    if (!(state instanceof LeaseState.Ended)) {
      state = new LeaseState.Ended(cause, reason);
    }
  }

  private LeaseState.Held held(long sentAt, long lease, long renewAfter, long grace) {
    graceNanos = TimeUnit.SECONDS.toNanos(grace);
    endsAt = sentAt + TimeUnit.SECONDS.toNanos(lease);
    nextAttempt = sentAt + jittered(TimeUnit.SECONDS.toNanos(renewAfter));
    return new LeaseState.Held(endsAt, nextAttempt);
  }

  // Up to a tenth earlier, so that a fleet that started together does not renew together.
  private long jittered(long nanos) {
    return nanos - random.nextLong(nanos * JITTER_PERCENT / 100 + 1);
  }
}
