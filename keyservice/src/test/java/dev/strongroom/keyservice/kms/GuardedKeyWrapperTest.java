package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The guard keeps the contract of what it guards, and bounds what trouble costs. */
@Timeout(60)
class GuardedKeyWrapperTest extends KeyWrapperContract {
  private static final KekLimits LIMITS =
      new KekLimits(2, 1, Duration.ofSeconds(1), Duration.ofSeconds(5), 3, Duration.ofSeconds(5));

  private static final int CALLS_TO_JUDGE = 10;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final List<Duration> pauses = new ArrayList<>();
  @TempDir Path folder;
  private GuardedKeyWrapper wrapper;

  @BeforeEach
  void open() {
    wrapper = guarded("kek.json");
  }

  private GuardedKeyWrapper guarded(String file) {
    return GuardedKeyWrapper.of(
        TinkKeyWrapper.open(folder.resolve(file), true),
        "tink",
        new KekLimits(
            4, 64, Duration.ofSeconds(1), Duration.ofSeconds(60), 3, Duration.ofSeconds(5)),
        new Random(1),
        meters);
  }

  private GuardedKeyWrapper guarding(Scripted backend) {
    return GuardedKeyWrapper.of(
        backend,
        "scripted",
        LIMITS,
        new Random(1),
        meters,
        nanos::get,
        length -> {
          pauses.add(length);
          nanos.addAndGet(length.toNanos());
        });
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return GuardedKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return wrapper;
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    return guarded("another.json");
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper wrapper) {
    TinkKeysets.retirePrimary(folder.resolve("another.json"));
    return guarded("another.json");
  }

  /** Answers as the test says. */
  private static final class Scripted implements KeyWrapper {
    private final AtomicInteger calls = new AtomicInteger();
    private volatile Runnable behaviour = () -> {};

    void failsOnceAskingFor(Duration pause) {
      behaviour =
          () -> {
            behaviour = () -> {};
            throw new Problem(
                ProblemCode.KEY_BACKEND_THROTTLED, "as the test wants it", null, pause);
          };
    }

    private static Problem problem(ProblemCode code) {
      return new Problem(code, "as the test wants it");
    }

    void failsWith(ProblemCode code) {
      behaviour =
          () -> {
            throw problem(code);
          };
    }

    void failsOnce(ProblemCode code) {
      behaviour =
          () -> {
            behaviour = () -> {};
            throw problem(code);
          };
    }

    private KekStatus answer() {
      calls.incrementAndGet();
      behaviour.run();
      return new KekStatus("scripted", "kek", "1", List.of("1"));
    }

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      throw new AssertionError("not called");
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      throw new AssertionError("not called");
    }

    @Override
    public KekStatus status() {
      return answer();
    }

    @Override
    public KekStatus rotate() {
      return answer();
    }

    @Override
    public void close() {}
  }

  @Test
  void whatMayHelpIsTriedAgainAndOnlyThat() {
    for (ProblemCode code :
        new ProblemCode[] {
          ProblemCode.KEY_BACKEND_UNAVAILABLE, ProblemCode.KEY_BACKEND_THROTTLED
        }) {
      Scripted backend = new Scripted();
      backend.failsOnce(code);
      assertEquals("kek", guarding(backend).status().kekId());
      assertEquals(2, backend.calls.get());
    }
    for (ProblemCode code :
        new ProblemCode[] {
          ProblemCode.KEY_UNWRAP_FAILED, ProblemCode.KEK_UNUSABLE, ProblemCode.INTERNAL
        }) {
      Scripted backend = new Scripted();
      backend.failsWith(code);
      assertProblem(code, guarding(backend));
      assertEquals(1, backend.calls.get());
    }
  }

  @Test
  void attemptsAreBoundedAndPausesGrow() {
    Scripted backend = new Scripted();
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarding(backend));
    assertEquals(LIMITS.attempts(), backend.calls.get());
    assertEquals(2, pauses.size());
    assertTrue(pauses.get(0).compareTo(Duration.ofMillis(50)) <= 0);
    assertTrue(pauses.get(1).compareTo(Duration.ofMillis(100)) <= 0);
  }

  @Test
  void aBackendThatAsksForTimeGetsIt() {
    Scripted backend = new Scripted();
    backend.failsOnceAskingFor(Duration.ofSeconds(2));
    assertEquals("kek", guarding(backend).status().kekId());
    assertEquals(1, pauses.size());
    assertTrue(pauses.getFirst().compareTo(Duration.ofSeconds(2)) > 0, pauses::toString);
  }

  @Test
  void whatABackendAsksForIsToldWhereItIsTooLongToWait() {
    Scripted backend = new Scripted();
    Duration asked = LIMITS.callTimeout().plusSeconds(1);
    backend.failsOnceAskingFor(asked);
    Problem problem = assertThrows(Problem.class, guarding(backend)::status);
    assertEquals(ProblemCode.KEY_BACKEND_THROTTLED, problem.code());
    assertEquals(asked, problem.retryAfter());
    assertEquals(1, backend.calls.get());
  }

  @Test
  void callersOfABackendThatRestsAreToldForHowLong() {
    Scripted backend = new Scripted();
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    GuardedKeyWrapper guarded = guarding(backend);
    while (meters.get("strongroom.kek.resting").tag("backend", "scripted").gauge().value() < 1) {
      assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarded);
    }
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    Duration left = assertThrows(Problem.class, guarded::status).retryAfter();
    // The call that put it to rest has paused once since.
    assertTrue(left.compareTo(LIMITS.restFor().minusSeconds(2)) <= 0, left::toString);
    assertTrue(left.compareTo(LIMITS.restFor().minusSeconds(3)) > 0, left::toString);
  }

  @Test
  void nothingIsBegunAfterItsTime() {
    Scripted backend = new Scripted();
    backend.behaviour =
        () -> {
          nanos.addAndGet(LIMITS.callTimeout().toNanos());
          throw Scripted.problem(ProblemCode.KEY_BACKEND_UNAVAILABLE);
        };
    assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarding(backend));
    assertEquals(1, backend.calls.get());
  }

  @Test
  void aRotationIsNeverMadeTwice() {
    Scripted backend = new Scripted();
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    GuardedKeyWrapper guarded = guarding(backend);
    assertThrows(Problem.class, guarded::rotate);
    assertEquals(1, backend.calls.get());
  }

  @Test
  void aBackendThatIsAwayIsLeftAloneAndThenTriedAgain() {
    Scripted backend = new Scripted();
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    GuardedKeyWrapper guarded = guarding(backend);
    for (int i = 0; i < 20; i++) {
      assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarded);
    }
    int calls = backend.calls.get();
    assertTrue(calls < 20, () -> calls + " calls");
    assertEquals(
        1, meters.get("strongroom.kek.resting").tag("backend", "scripted").gauge().value());
    backend.behaviour = () -> {};
    assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarded);
    assertEquals(calls, backend.calls.get());
    nanos.addAndGet(LIMITS.restFor().toNanos() + 1);
    for (int i = 0; i < 5; i++) {
      assertEquals("kek", guarded.status().kekId());
    }
    assertEquals(
        0, meters.get("strongroom.kek.resting").tag("backend", "scripted").gauge().value());
  }

  @Test
  void whoIsTurnedAwayFromARestIsToldWhatLedToIt() {
    Scripted backend = new Scripted();
    GuardedKeyWrapper guarded = guarding(backend);
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    while (resting() < 1) {
      assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarded);
    }
    Problem refused = assertThrows(Problem.class, guarded::status);
    assertTrue(
        String.valueOf(refused.getMessage())
            .endsWith("it is tried again then; last: as the test wants it"),
        refused.getMessage());
  }

  @Test
  void refusalsAndThrottlingDoNotPutTheBackendToRest() {
    for (ProblemCode code :
        new ProblemCode[] {ProblemCode.KEY_UNWRAP_FAILED, ProblemCode.KEY_BACKEND_THROTTLED}) {
      Scripted backend = new Scripted();
      backend.failsWith(code);
      GuardedKeyWrapper guarded = guarding(backend);
      for (int i = 0; i < 50; i++) {
        assertProblem(code, guarded);
      }
      assertTrue(backend.calls.get() >= 50);
    }
  }

  @Test
  void whenAllFailsTheBudgetForRetriesEnds() {
    Scripted backend = new Scripted();
    backend.failsWith(ProblemCode.KEY_BACKEND_THROTTLED);
    GuardedKeyWrapper guarded = guarding(backend);
    for (int i = 0; i < 100; i++) {
      assertProblem(ProblemCode.KEY_BACKEND_THROTTLED, guarded);
    }
    assertEquals(110, backend.calls.get(), "ten retries in all");
    backend.behaviour = () -> {};
    for (int i = 0; i < 10; i++) {
      assertEquals("kek", guarded.status().kekId());
    }
    backend.failsOnce(ProblemCode.KEY_BACKEND_THROTTLED);
    assertEquals("kek", guarded.status().kekId(), "ten successes pay for one retry");
  }

  @Test
  void concurrencyAndQueueAreBounded() throws Exception {
    Scripted backend = new Scripted();
    CountDownLatch inside = new CountDownLatch(LIMITS.concurrentCalls());
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    backend.behaviour =
        () -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          inside.countDown();
          await(go);
          now.decrementAndGet();
        };
    GuardedKeyWrapper guarded = guarding(backend);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<KekStatus>> calls = new ArrayList<>();
      calls.add(threads.submit(guarded::status));
      calls.add(threads.submit(guarded::status));
      inside.await();
      calls.add(threads.submit(guarded::status));
      while (meters.get("strongroom.kek.waiting").tag("backend", "scripted").gauge().value() < 1) {
        Thread.onSpinWait();
      }
      assertProblem(ProblemCode.KEY_BACKEND_UNAVAILABLE, guarded);
      assertEquals(2, backend.calls.get());
      go.countDown();
      for (Future<KekStatus> call : calls) {
        assertEquals("kek", call.get().kekId());
      }
    }
    assertEquals(LIMITS.concurrentCalls(), most.get());
  }

  @Test
  void whoWaitedForABackendThatIsPutToRestDoesNotCallIt() throws Exception {
    Scripted backend = new Scripted();
    GuardedKeyWrapper guarded = guarding(backend);
    failing(backend, guarded, CALLS_TO_JUDGE - 1);
    Held first = new Held();
    Held second = new Held();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Problem> one = threads.submit(() -> problemOf(guarded, backend, first));
      first.inside.await();
      Future<Problem> two = threads.submit(() -> problemOf(guarded, backend, second));
      second.inside.await();
      Future<Problem> waiting = threads.submit(() -> problemOf(guarded, backend, () -> {}));
      while (meters.get("strongroom.kek.waiting").tag("backend", "scripted").gauge().value() < 1) {
        Thread.onSpinWait();
      }
      int calls = backend.calls.get();
      first.go.countDown();
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, one.get().code());
      Problem problem = waiting.get();
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, problem.code());
      assertTrue(String.valueOf(problem.getMessage()).contains("left alone"), problem::getMessage);
      assertTrue(problem.retryAfter().isPositive());
      assertEquals(calls, backend.calls.get());
      second.go.countDown();
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, two.get().code());
    }
  }

  @Test
  void whatWasAskedBeforeTheRestDoesNotCountInTheTrial() throws Exception {
    Scripted backend = new Scripted();
    GuardedKeyWrapper guarded = guarding(backend);
    failing(backend, guarded, CALLS_TO_JUDGE - 1);
    Held old = new Held();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Problem> stale = threads.submit(() -> problemOf(guarded, backend, old));
      old.inside.await();
      failing(backend, guarded, 1);
      assertEquals(1, resting());
      nanos.addAndGet(LIMITS.restFor().toNanos() + 1);
      // One of three calls on trial fails: with the one from before, half of them would have.
      failing(backend, guarded, 1);
      old.go.countDown();
      assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, stale.get().code());
      backend.behaviour = () -> {};
      for (int i = 0; i < 2; i++) {
        assertEquals("kek", guarded.rotate().kekId());
      }
      assertEquals(0, resting());
    }
  }

  private double resting() {
    return meters.get("strongroom.kek.resting").tag("backend", "scripted").gauge().value();
  }

  /** A call that fails when it is let go. */
  private static final class Held implements Runnable {
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @Override
    public void run() {
      inside.countDown();
      await(go);
      throw Scripted.problem(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    }
  }

  // Rotations, because they are not tried again.
  private static void failing(Scripted backend, GuardedKeyWrapper guarded, int times) {
    backend.failsWith(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    for (int i = 0; i < times; i++) {
      assertThrows(Problem.class, guarded::rotate);
    }
  }

  private static Problem problemOf(
      GuardedKeyWrapper guarded, Scripted backend, Runnable behaviour) {
    backend.behaviour = behaviour;
    return assertThrows(Problem.class, guarded::rotate);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertProblem(ProblemCode code, GuardedKeyWrapper guarded) {
    assertEquals(code, assertThrows(Problem.class, guarded::status).code());
  }
}
