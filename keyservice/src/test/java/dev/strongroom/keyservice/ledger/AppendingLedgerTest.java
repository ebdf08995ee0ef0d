package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppendingLedgerTest {
  private static final Duration WAIT = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Events events = new Events(1);

  private static ProblemCode codeOf(Callable<?> action) {
    return assertThrows(Problem.class, action::call).code();
  }

  @Test
  void oneNonceAmongManyRequestsYieldsOneGrant() throws Exception {
    try (Fixture fixture = Fixture.open(folder);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      var nonce = events.digest();
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Object>> outcomes = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        LogEvent.GrantIssued grant =
            events.grant("i|s" + i, null, Events.CHAT, nonce, DeliveryMode.SIDECAR);
        outcomes.add(
            threads.submit(() -> {
              go.await();
              try {
                return ledger.commit(view -> grant).event();
              } catch (Problem refused) {
                return refused.code();
              }
            }));
      }
      go.countDown();
      int granted = 0;
      for (Future<Object> outcome : outcomes) {
        Object answer = outcome.get();
        granted += answer instanceof LogEvent.GrantIssued ? 1 : 0;
        assertTrue(
            answer instanceof LogEvent.GrantIssued || answer == ProblemCode.NONCE_USED,
            () -> "unexpected: " + answer);
      }
      assertEquals(1, granted);
      assertEquals(2, ledger.durableSize());
    }
  }

  @Test
  void aCommittedEventComesWithItsLeafAndAReceiptThatVerifies() {
    try (Fixture fixture = Fixture.open(folder)) {
      var committed = fixture.ledger().commit(view -> events.policy());
      byte[] leaf = committed.leaf().bytes();
      assertEquals(committed.event(), EventCodec.read(leaf));
      Receipt receipt = Receipt.parse(committed.receipt(), leaf);
      assertEquals(committed.index(), receipt.index());
      var keys =
          dev.strongroom.auditlog.LogKeys.load(
              folder.resolve("ed25519.key"), folder.resolve("mldsa.key"));
      assertEquals(
          committed.index(),
          ReceiptVerifier.verify(
                  receipt,
                  leaf,
                  LogTrust.of(Fixture.ORIGIN, keys.verifierKeys()),
                  java.time.Instant.now())
              .index());
    }
  }

  @Test
  void everyGrantAfterARevocationIsRefused() throws Exception {
    try (Fixture fixture = Fixture.open(folder);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      List<Callable<Void>> racers = new ArrayList<>();
      LogEvent revocation =
          events.revoked(new RevocationSelector(null, null, null, null, Events.CHAT.model(), null));
      for (int i = 0; i < 300; i++) {
        LogEvent event = i == 150 ? revocation : events.grant("i|s", "pod-" + i, Events.CHAT);
        racers.add(() -> {
          try {
            ledger.commit(view -> event);
          } catch (Problem refused) {
            assertEquals(ProblemCode.REVOKED, refused.code());
          }
          return null;
        });
      }
      for (Future<Void> racer : threads.invokeAll(racers)) {
        racer.get();
      }
      List<LogEvent> log = readAll(fixture);
      int at = log.indexOf(revocation);
      assertTrue(at > 0);
      assertTrue(
          log.stream().skip(at).noneMatch(LogEvent.GrantIssued.class::isInstance),
          "a grant follows the revocation in the log");
    }
  }

  private static List<LogEvent> readAll(Fixture fixture) throws Exception {
    List<LogEvent> read = new ArrayList<>();
    fixture.log().reader().forEachEntry(0, (index, leaf) -> read.add(EventCodec.read(leaf)));
    return read;
  }

  @Test
  void theAdmissionsRefusalReachesTheCallerAndNothingIsAppended() {
    try (Fixture fixture = Fixture.open(folder)) {
      Problem mine = new Problem(ProblemCode.CONDITION_FAILED, "no");
      Problem thrown =
          assertThrows(
              Problem.class,
              () ->
                  fixture
                      .ledger()
                      .commit(view -> {
                        throw mine;
                      }));
      assertEquals(mine, thrown);
      assertEquals(0, fixture.ledger().durableSize());
    }
  }

  @Test
  void eachRuleOfTheOrderingPointHasItsCode() {
    try (Fixture fixture = Fixture.open(folder)) {
      AppendingLedger ledger = fixture.ledger();
      LogEvent.GrantIssued grant = events.grant("i|s", "pod", Events.CHAT);
      assertEquals(ProblemCode.POLICY_CHANGED, codeOf(() -> ledger.commit(view -> grant)));
      ledger.commit(view -> events.policy());
      ledger.commit(view -> grant);
      var lease = grant.lease();
      assertEquals(ProblemCode.NONCE_USED, codeOf(() -> ledger.commit(view -> grant)));
      assertEquals(
          ProblemCode.LEASE_SEQUENCE_MISMATCH,
          codeOf(() -> ledger.commit(view -> events.renewed(lease, 2))));
      ledger.commit(view -> events.renewed(lease, 1));
      assertEquals(
          ProblemCode.LEASE_SEQUENCE_MISMATCH,
          codeOf(() -> ledger.commit(view -> events.renewed(lease, 1))));
      assertEquals(
          ProblemCode.LEASE_UNKNOWN,
          codeOf(() -> ledger.commit(view -> events.renewed(events.leaseId(), 1))));
      ledger.commit(view -> events.ended(lease, Lease.EndCause.EXPIRED));
      assertEquals(
          ProblemCode.LEASE_ENDED, codeOf(() -> ledger.commit(view -> events.renewed(lease, 2))));
      assertEquals(
          ProblemCode.LEASE_ENDED,
          codeOf(() -> ledger.commit(view -> events.ended(lease, Lease.EndCause.EXPIRED))));
      ledger.commit(view -> events.wiped(lease));
      assertEquals(
          ProblemCode.LEASE_ENDED, codeOf(() -> ledger.commit(view -> events.wiped(lease))));
      assertEquals(
          ProblemCode.REVOCATION_UNKNOWN,
          codeOf(() ->
              ledger.commit(view ->
                  new LogEvent.RevocationLifted(events.now(), events.revocationId(), "i|admin"))));
      assertEquals(
          ProblemCode.TOO_LARGE,
          codeOf(() ->
              ledger.commit(view ->
                  new LogEvent.RevocationAdded(
                      events.now(),
                      events.revocationId(),
                      new RevocationSelector(null, "i|s", null, null, null, null),
                      "x".repeat(EventCodec.MAX_BYTES),
                      "i|admin"))));
    }
  }

  @Test
  void aNonceStaysUsedWhileItCouldBeAcceptedAndEvenIfTheClockIsSetBack() {
    try (Fixture fixture = Fixture.open(folder)) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      LogEvent.GrantIssued grant = events.grant("i|s", "pod", Events.CHAT);
      ledger.commit(view -> grant);
      events.pass(300 + 120);
      ledger.commit(view -> events.policy());
      assertTrue(ledger.view().nonceUsed(grant.nonceHash()));
      events.pass(2);
      ledger.commit(view -> events.policy());
      assertFalse(ledger.view().nonceUsed(grant.nonceHash()), "forgotten after its time");
      assertEquals(ProblemCode.NONCE_EXPIRED, codeOf(() -> ledger.commit(view -> grant)));
    }
  }

  @Test
  void aSecondGrantOfAHolderSupersedesTheFirst() {
    try (Fixture fixture = Fixture.open(folder)) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      LogEvent.GrantIssued first = events.grant("i|s", "pod", Events.CHAT);
      LogEvent.GrantIssued second = events.grant("i|s", "pod", Events.CHAT);
      ledger.commit(view -> first);
      ledger.commit(view -> second);
      assertEquals(
          Lease.EndCause.SUPERSEDED, ledger.view().dueEnd(first.lease()).orElseThrow().cause());
      assertTrue(ledger.view().dueEnd(second.lease()).isEmpty());
      assertEquals(
          ProblemCode.LEASE_ENDED,
          codeOf(() -> ledger.commit(view -> events.renewed(first.lease(), 1))));
      ledger.commit(view -> events.renewed(second.lease(), 1));
    }
  }

  @Test
  void listenersHearDurableEventsInOrder() throws Exception {
    LinkedBlockingQueue<Long> heard = new LinkedBlockingQueue<>();
    try (Fixture fixture = Fixture.open(folder);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AppendingLedger ledger = fixture.ledger();
      ledger.subscribe((index, event) -> heard.add(index < ledger.durableSize() ? index : -1));
      List<Callable<Object>> commits = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        LogEvent event = events.policy();
        commits.add(() -> ledger.commit(view -> event));
      }
      threads.invokeAll(commits);
      for (long expected = 0; expected < 100; expected++) {
        assertEquals(expected, heard.poll(20, TimeUnit.SECONDS));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8, 9})
  void aReopenedLedgerKnowsTheSame(long seed) {
    Set<Object> before;
    try (Fixture fixture = Fixture.open(folder)) {
      EventStory.tell(fixture.ledger(), seed, 400);
      before = fixture.ledger().state().content();
    }
    try (Fixture fixture = Fixture.open(folder)) {
      assertEquals(before, fixture.ledger().state().content());
    }
  }

  @Test
  void aFailedLogGrantsNothingMore() throws Exception {
    Fixture fixture = Fixture.open(folder);
    AppendingLedger ledger = fixture.ledger();
    ledger.commit(view -> events.policy());
    try (Stream<Path> journal = Files.list(folder.resolve("log").resolve("journal"))) {
      for (Path segment : journal.toList()) {
        Files.delete(segment);
      }
    }
    LogEvent.GrantIssued grant = events.grant("i|s", "pod", Events.CHAT);
    LinkedBlockingQueue<Long> heard = new LinkedBlockingQueue<>();
    ledger.subscribe((index, event) -> heard.add(index));
    assertEquals(ProblemCode.LOG_UNAVAILABLE, codeOf(() -> ledger.commit(view -> grant)));
    assertEquals(ProblemCode.LOG_UNAVAILABLE, codeOf(() -> ledger.commit(view -> events.policy())));
    assertEquals(1, ledger.durableSize());
    assertEquals(ProblemCode.LOG_UNAVAILABLE, ledger.unreadiness().orElseThrow().code());
    ledger.close();
    assertFalse(heard.contains(1L), "nobody hears of what is not durable");
    fixture.store().close();
    fixture.log().close();
  }

  @Test
  void aFullQueueIsOverload() throws Exception {
    try (Fixture fixture =
            Fixture.open(folder, Fixture.LIMITS, config -> config.withQueueCapacity(1));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AppendingLedger ledger = fixture.ledger();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      CompletionService<Optional<ProblemCode>> outcomes = new ExecutorCompletionService<>(threads);
      outcomes.submit(() -> outcome(ledger, view -> slowly(inside, release)));
      inside.await();
      outcomes.submit(() -> outcome(ledger, view -> events.policy()));
      outcomes.submit(() -> outcome(ledger, view -> events.policy()));
      // One is being admitted and one waits: whichever of the two came last is refused at once.
      assertEquals(Optional.of(ProblemCode.OVERLOADED), outcomes.take().get());
      release.countDown();
      assertEquals(Optional.empty(), outcomes.take().get());
      assertEquals(Optional.empty(), outcomes.take().get());
    }
  }

  @Test
  void aCommitThatIsNotConfirmedInTimeUsesItsNonceUp() throws Exception {
    LinkedBlockingQueue<LogEvent> heard = new LinkedBlockingQueue<>();
    try (Fixture fixture =
            Fixture.open(
                folder, Fixture.LIMITS, config -> config.withMaxWait(Duration.ofSeconds(1)));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      ledger.subscribe((index, event) -> {
        if (event instanceof LogEvent.GrantIssued) {
          heard.add(event);
        }
      });
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      LogEvent.GrantIssued grant = events.grant("i|s", "pod", Events.CHAT);
      Future<Optional<ProblemCode>> slow =
          threads.submit(() ->
              outcome(
                  ledger,
                  view -> {
                    slowly(inside, release);
                    return grant;
                  }));
      inside.await();
      Future<Optional<ProblemCode>> behind =
          threads.submit(() -> outcome(ledger, view -> events.policy()));
      assertEquals(Optional.of(ProblemCode.LOG_UNAVAILABLE), slow.get());
      assertEquals(Optional.of(ProblemCode.LOG_UNAVAILABLE), behind.get());
      release.countDown();
      assertEquals(grant, heard.poll(20, TimeUnit.SECONDS), "it stands in the log all the same");
      assertEquals(ProblemCode.NONCE_USED, codeOf(() -> ledger.commit(view -> grant)));
      assertEquals(2, ledger.durableSize(), "who gave up before its turn was never asked");
    }
  }

  private static <E extends LogEvent> Optional<ProblemCode> outcome(
      Ledger ledger, Ledger.Admission<E> admission) {
    try {
      ledger.commit(admission);
      return Optional.empty();
    } catch (Problem refused) {
      return Optional.of(refused.code());
    }
  }

  private LogEvent slowly(CountDownLatch inside, CountDownLatch release) {
    inside.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return events.policy();
  }

  @Test
  void rowsFollowEvenWhenTheirQueueOverflows() throws Exception {
    LedgerLimits tight =
        new LedgerLimits(
            Duration.ofMinutes(2),
            Duration.ofDays(1),
            LedgerLimits.Live.DEFAULT,
            1,
            Duration.ofMillis(5),
            Duration.ofMillis(5));
    try (Fixture fixture = Fixture.open(folder, tight, UnaryOperator.identity())) {
      EventStory.tell(fixture.ledger(), 11, 300);
      assertTrue(fixture.ledger().awaitRows(WAIT));
      assertTablesEqualTheLog(fixture);
    }
  }

  @Test
  void nobodyEndsALeaseByNamingThePodOfAnotherSubject() {
    try (Fixture fixture = Fixture.open(folder)) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      LogEvent.GrantIssued first = events.grant("https://a|s", "pod-1", Events.CHAT);
      ledger.commit(view -> first);
      ledger.commit(view -> events.grant("https://b|s", "pod-1", Events.CHAT));
      assertEquals(List.of(), ledger.view().supersededLeases());
      ledger.commit(view -> events.grant("https://a|s", "pod-1", Events.CHAT));
      assertEquals(List.of(first.lease()), ledger.view().supersededLeases());
    }
  }

  @Test
  void moreLiveLeasesThanMayBeAreRefused() {
    try (Fixture fixture = Fixture.open(folder, live(2, 10, 10), UnaryOperator.identity())) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      LogEvent.GrantIssued first = events.grant("i|s", "pod-1", Events.CHAT);
      ledger.commit(view -> first);
      ledger.commit(view -> events.grant("i|s", "pod-2", Events.CHAT));
      LogEvent.GrantIssued third = events.grant("i|s", "pod-3", Events.CHAT);
      assertEquals(ProblemCode.OVERLOADED, codeOf(() -> ledger.commit(view -> third)));
      // A pod that begins again takes its own place, and no other.
      LogEvent.GrantIssued again = events.grant("i|s", "pod-1", Events.CHAT);
      ledger.commit(view -> again);
      assertEquals(ProblemCode.OVERLOADED, codeOf(() -> ledger.commit(view -> third)));
      ledger.commit(view -> events.ended(first.lease(), Lease.EndCause.SUPERSEDED));
      assertEquals(ProblemCode.OVERLOADED, codeOf(() -> ledger.commit(view -> third)));
      ledger.commit(view -> events.ended(again.lease(), Lease.EndCause.EXPIRED));
      assertEquals(third, ledger.commit(view -> third).event(), "its nonce was not used up");
    }
  }

  private static LedgerLimits live(int all, int perSubject, int perSubjectAndVersion) {
    return Fixture.LIMITS.withLive(new LedgerLimits.Live(all, perSubject, perSubjectAndVersion));
  }

  @Test
  void oneSubjectDoesNotTakeThePlacesOfAll() throws Exception {
    ModelVersion next = new ModelVersion(Events.CHAT.model(), new VersionId("2"));
    ModelVersion last = new ModelVersion(Events.CHAT.model(), new VersionId("3"));
    LogEvent.GrantIssued first = events.grant("i|s", "pod-1", Events.CHAT);
    LogEvent.GrantIssued again = events.grant("i|s", "pod-1", Events.CHAT);
    LogEvent.GrantIssued beyondVersion = events.grant("i|s", "pod-3", Events.CHAT);
    LogEvent.GrantIssued beyondSubject = events.grant("i|s", "pod-1", last);
    try (Fixture fixture = Fixture.open(folder, live(100, 3, 2), UnaryOperator.identity())) {
      AppendingLedger ledger = fixture.ledger();
      ledger.commit(view -> events.policy());
      ledger.commit(view -> first);
      ledger.commit(view -> events.grant("i|s", "pod-2", Events.CHAT));
      refuses(ledger, beyondVersion);
      ledger.commit(view -> again);
      ledger.commit(view -> events.grant("i|s", "pod-1", next));
      refuses(ledger, beyondSubject);
      ledger.commit(view -> events.grant("i|other", "pod-1", last));
      assertTrue(ledger.awaitRows(WAIT));
    }
    try (Fixture fixture = Fixture.open(folder, live(100, 3, 2), UnaryOperator.identity())) {
      AppendingLedger ledger = fixture.ledger();
      refuses(ledger, beyondVersion);
      refuses(ledger, beyondSubject);
      ledger.commit(view -> events.ended(first.lease(), Lease.EndCause.SUPERSEDED));
      refuses(ledger, beyondVersion);
      ledger.commit(view -> events.ended(again.lease(), Lease.EndCause.EXPIRED));
      ledger.commit(view -> beyondVersion);
      refuses(ledger, beyondSubject);
    }
  }

  private void refuses(AppendingLedger ledger, LogEvent grant) {
    assertEquals(ProblemCode.TOO_MANY_LEASES, codeOf(() -> ledger.commit(view -> grant)));
  }

  private void assertTablesEqualTheLog(Fixture fixture) throws Exception {
    try (var fresh = dev.strongroom.keyservice.store.Database.open(folder.resolve("fresh.db"))) {
      LedgerRebuild.rebuild(fixture.log().reader(), fresh, Fixture.LIMITS);
      assertEquals(Optional.empty(), LedgerComparison.firstDifference(fixture.store(), fresh));
    }
  }
}
