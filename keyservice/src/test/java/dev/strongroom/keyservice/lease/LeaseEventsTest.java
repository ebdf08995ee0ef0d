package dev.strongroom.keyservice.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Events;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseEventsTest {
  @TempDir Path folder;
  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private LeaseFixture world;
  private LogEvent.GrantIssued grant;

  @BeforeEach
  void open() {
    world = new LeaseFixture(folder);
    grant = world.grant("issuer|a", "pod-1");
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Lease.Event next() throws InterruptedException {
    String jws = heard.poll(20, TimeUnit.SECONDS);
    assertNotNull(jws, "no event came");
    return world.verified(jws, MessageType.LEASE_EVENT, Lease.Event.class);
  }

  private void revoke() {
    world.revocations.add(
        new RevocationSelector(grant.lease(), null, null, null, null, null),
        "seen mining",
        "issuer|admin");
  }

  @Test
  void theEndIsPushedSignedAndOnce() throws Exception {
    world.push.subscribe(grant.lease(), grant.jkt(), heard::add);
    revoke();
    assertEquals(
        new Lease.Event(
            Lease.Event.FORMAT,
            LeaseFixture.ORIGIN,
            grant.lease(),
            grant.jkt(),
            Lease.EndCause.REVOKED,
            "seen mining",
            Events.START_SECONDS),
        next());
    assertEquals(0, world.push.waiting());
    world.close();
    assertNull(heard.poll());
    world = new LeaseFixture(folder, 2);
  }

  @Test
  void whoComesAfterTheEndHearsItToo() throws Exception {
    revoke();
    world.push.subscribe(grant.lease(), grant.jkt(), heard::add);
    assertEquals(Lease.EndCause.REVOKED, next().cause());
  }

  @Test
  void everySubscriberHearsExactlyOneEventHoweverItRaces() throws Exception {
    for (int round = 0; round < 30; round++) {
      LogEvent.GrantIssued racing = world.grant("issuer|a", "pod-r" + round);
      AtomicInteger calls = new AtomicInteger();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Callable<Object>> racers = new ArrayList<>();
        racers.add(() ->
            world.push.subscribe(
                racing.lease(),
                racing.jkt(),
                jws -> {
                  calls.incrementAndGet();
                  heard.add(jws);
                }));
        racers.add(() ->
            world
                .ledger()
                .commit(view -> world.events.ended(racing.lease(), Lease.EndCause.EXPIRED)));
        threads.invokeAll(racers);
      }
      assertEquals(racing.lease(), next().lease());
      assertEquals(1, calls.get());
    }
  }

  @Test
  void aClosedSubscriptionHearsNothing() throws Exception {
    LinkedBlockingQueue<String> other = new LinkedBlockingQueue<>();
    world.push.subscribe(grant.lease(), grant.jkt(), other::add).close();
    world.push.subscribe(grant.lease(), grant.jkt(), heard::add);
    revoke();
    next();
    assertEquals(0, other.size());
  }

  @Test
  void subscriptionsAreBoundedAndOnlyForTheHolder() {
    assertCode(ProblemCode.PROOF_INVALID, grant, "another");
    assertEquals(
        ProblemCode.LEASE_UNKNOWN,
        assertThrows(
                Problem.class,
                () -> world.push.subscribe(world.events.leaseId(), grant.jkt(), heard::add))
            .code());
    world.push.subscribe(grant.lease(), grant.jkt(), heard::add);
    world.push.subscribe(grant.lease(), grant.jkt(), heard::add);
    assertCode(ProblemCode.OVERLOADED, grant, grant.jkt());
    for (int i = 0; i < 4; i++) {
      LogEvent.GrantIssued other = world.grant("issuer|a", "pod-x" + i);
      world.push.subscribe(other.lease(), other.jkt(), heard::add);
    }
    LogEvent.GrantIssued last = world.grant("issuer|a", "pod-last");
    assertCode(ProblemCode.OVERLOADED, last, last.jkt());
    assertEquals(6, world.push.waiting());
  }

  private void assertCode(ProblemCode code, LogEvent.GrantIssued lease, String jkt) {
    assertEquals(
        code,
        assertThrows(Problem.class, () -> world.push.subscribe(lease.lease(), jkt, heard::add))
            .code());
  }
}
