package dev.strongroom.delivery.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.TestAuthority;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.retry.Timing;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keeper on one thread and a clock that jumps: what waits, waits no real time. */
class LeaseKeeperTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final InstantSource WALL = InstantSource.fixed(TestAuthority.NOW);

  private static @TempDir Path folder;
  private static TestAuthority authority;

  private final Grant grant = LeaseCourseTest.grant(ExpiryMode.WIPE, 30);
  private final List<DeliveryEvent> events = new ArrayList<>();
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final Deque<Consumer<LeaseCourse>> mail = new ArrayDeque<>();
  private final List<Long> renewals = new ArrayList<>();
  private long now;
  private long watched;

  @BeforeAll
  static void open() {
    authority = new TestAuthority(folder, WALL);
  }

  @AfterAll
  static void close() {
    authority.close();
  }

  private final LeaseKeeper.Mailbox mailbox =
      new LeaseKeeper.Mailbox() {
        @Override
        public void post(Consumer<LeaseCourse> message) {
          mail.add(message);
        }

        @Override
        public @Nullable Consumer<LeaseCourse> take(long nanos) {
          Runnable task = tasks.poll();
          if (task != null) {
            task.run();
          }
          Consumer<LeaseCourse> message = mail.poll();
          if (message == null) {
            now += nanos;
          }
          return message;
        }
      };

  private static LeaseService.Events endingAtOnce() {
    return new LeaseService.Events() {
      @Override
      public @Nullable String next() {
        return null;
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void aStreamThatOpenedMakesTheListenerPatientAnew() {
    List<Long> pauses = new ArrayList<>();
    Timing noting = new Timing(() -> 0L, () -> 0L, pause -> pauses.add(pause.toMillis()));
    LeaseService service =
        new ScriptedLease() {
          private int opened;

          @Override
          public Events events() {
            opened++;
            if (opened == 4) {
              return endingAtOnce();
            }
            throw new Problem(
                opened < 4 ? ProblemCode.SERVICE_UNREACHABLE : ProblemCode.REVOKED, "");
          }
        };
    LeaseMessages messages = new LeaseMessages(authority.trust(), WALL, grant);
    List<Lease.EndCause> ends = new ArrayList<>();
    new LeaseListener(
            grant, service, messages, noting, events::add, (cause, reason) -> ends.add(cause))
        .run();
    assertEquals(List.of(250L, 500L, 1000L, 250L), pauses);
    assertEquals(List.of(Lease.EndCause.REVOKED), ends);
  }

  private LeaseState.Ended keep(
      LongFunction<String> renew, LeaseService.@Nullable Events stream, boolean listening) {
    LeaseService service =
        new ScriptedLease() {
          @Override
          public String renew(long sequence) {
            renewals.add(now / SECOND);
            return renew.apply(sequence);
          }

          @Override
          public Events events() {
            if (stream == null) {
              throw new Problem(ProblemCode.LEASE_UNKNOWN, "no stream is scripted");
            }
            return stream;
          }
        };
    TrustBundle trust = authority.trust();
    Executor executor =
        task -> {
          if (listening || !(task instanceof LeaseListener)) {
            tasks.add(task);
          }
        };
    return new LeaseKeeper(
            grant,
            new LeaseCourse(grant, 0, () -> 0L),
            new LeaseMessages(trust, WALL, grant),
            service,
            () -> now,
            new Timing(() -> now, () -> 0L, pause -> now += pause.toNanos()),
            events::add,
            executor,
            mailbox)
        .await(() -> watched++);
  }

  private String refuse(ProblemCode code) {
    throw new Problem(code, "said the test");
  }

  private static LeaseService.Events once(String signed) {
    return new LeaseService.Events() {
      @Override
      public @Nullable String next() {
        return signed;
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void itRenewsUntilItIsRefusedForGood() {
    LeaseState.Ended ended =
        keep(
            sequence ->
                sequence <= 3 ? authority.statement(grant, sequence) : refuse(ProblemCode.REVOKED),
            null,
            false);
    assertEquals(Lease.EndCause.REVOKED, ended.cause());
    assertEquals(List.of(20L, 40L, 60L, 80L), renewals);
    assertTrue(watched >= 80, "it looks around about every second");
    assertEquals(3, events.stream().filter(DeliveryEvent.Renewed.class::isInstance).count());
  }

  @Test
  void anUnreachableServiceCostsTheLeaseAfterItsGrace() {
    LeaseState.Ended ended = keep(sequence -> refuse(ProblemCode.SERVICE_UNREACHABLE), null, false);
    assertEquals(Lease.EndCause.EXPIRED, ended.cause());
    assertEquals(90, now / SECOND);
    assertTrue(renewals.size() > 5 && renewals.size() < 20, "attempts: " + renewals);
  }

  @Test
  void aSignedEventEndsItAtOnce() {
    LeaseState.Ended ended =
        keep(
            sequence -> authority.statement(grant, sequence),
            once(authority.end(grant, Lease.EndCause.SUPERSEDED)),
            true);
    assertEquals(Lease.EndCause.SUPERSEDED, ended.cause());
    assertEquals("an operator said so", ended.reason());
    assertEquals(List.of(), renewals);
    assertEquals(0, now / SECOND);
  }

  @Test
  void eventsThatAreNotAboutThisLeaseOrNotSignedEndNothing() {
    Lease.Event other =
        new Lease.Event(
            Lease.Event.FORMAT,
            TestAuthority.ORIGIN,
            LeaseId.random(new SecureRandom()),
            grant.cnf().jkt(),
            Lease.EndCause.REVOKED,
            null,
            1);
    Lease.Event stranger =
        new Lease.Event(
            Lease.Event.FORMAT,
            TestAuthority.ORIGIN,
            grant.lease(),
            "another key",
            Lease.EndCause.REVOKED,
            null,
            1);
    LeaseMessages messages = new LeaseMessages(authority.trust(), WALL, grant);
    refused(ProblemCode.GRANT_MISMATCH, () -> messages.event(authority.sign(other)));
    refused(ProblemCode.GRANT_MISMATCH, () -> messages.event(authority.sign(stranger)));
    refused(ProblemCode.GRANT_SIGNATURE_INVALID, () -> messages.event("not.signed.x"));
    refused(
        ProblemCode.GRANT_SIGNATURE_INVALID, () -> messages.event(authority.statement(grant, 1)));
  }

  @Test
  void statementsThatAreNotTheAnswerExtendNothing() {
    LeaseMessages messages = new LeaseMessages(authority.trust(), WALL, grant);
    Grant other = LeaseCourseTest.grant(ExpiryMode.WIPE, 30);
    refused(ProblemCode.GRANT_MISMATCH, () -> messages.statement(authority.statement(other, 1), 1));
    refused(ProblemCode.GRANT_MISMATCH, () -> messages.statement(authority.statement(grant, 1), 2));
    refused(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        () -> messages.statement(authority.end(grant, Lease.EndCause.REVOKED), 1));
    assertEquals(1, messages.statement(authority.statement(grant, 1), 1).sequence());
  }

  private static void refused(ProblemCode code, org.junit.jupiter.api.function.Executable reading) {
    assertEquals(
        code, org.junit.jupiter.api.Assertions.assertThrows(Problem.class, reading).code());
  }

  @Test
  void aRevocationThatTheStreamAnswersWithCounts() {
    LeaseService.Events refusing =
        new LeaseService.Events() {
          @Override
          public @Nullable String next() {
            throw new Problem(ProblemCode.REVOKED, "said the test");
          }

          @Override
          public void close() {}
        };
    assertEquals(
        Lease.EndCause.REVOKED,
        keep(sequence -> authority.statement(grant, sequence), refusing, true).cause());
  }

  @Test
  void theBootClockGoesForward() {
    LeaseClock clock = LeaseClock.sinceBoot();
    long before = clock.nanos();
    assertTrue(before > 0 && clock.nanos() >= before);
  }
}
