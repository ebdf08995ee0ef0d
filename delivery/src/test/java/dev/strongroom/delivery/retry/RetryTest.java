package dev.strongroom.delivery.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RetryTest {
  private final AtomicLong clock = new AtomicLong();
  private final List<Duration> pauses = new ArrayList<>();
  private final Problem problem = new Problem(ProblemCode.OVERLOADED, "said the test");

  private Retry retry(Duration deadline, Pause pause) {
    return new Retry(
        new RetryLimits(Duration.ofMillis(100), Duration.ofMillis(400), deadline),
        new Timing(clock::get, () -> 0L, pause));
  }

  private void note(Duration pause) {
    pauses.add(pause);
    clock.addAndGet(pause.toNanos());
  }

  @Test
  void pausesGrowToTheirLimitAndEndBeforeTheDeadline() {
    Retry retry = retry(Duration.ofSeconds(1), this::note);
    Problem last =
        assertThrows(
            Problem.class,
            () -> {
              while (true) {
                retry.pauseOrThrow(problem);
              }
            });
    assertSame(problem, last);
    assertEquals(
        List.of(50L, 100L, 200L, 200L, 200L, 200L),
        pauses.stream().map(Duration::toMillis).toList());
    assertTrue(clock.get() <= Duration.ofSeconds(1).toNanos());
  }

  @Test
  void theOtherSideCanAskForMoreTime() {
    Retry retry = retry(Duration.ofSeconds(10), this::note);
    retry.pauseOrThrow(asking(3));
    assertEquals(List.of(Duration.ofSeconds(3)), pauses);
    assertThrows(Problem.class, () -> retry.pauseOrThrow(asking(8)));
  }

  @Test
  void thoseWhoWereAskedForTheSameTimeComeBackApart() {
    Set<Duration> different = new HashSet<>();
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      Retry retry =
          new Retry(
              RetryLimits.within(Duration.ofSeconds(60)),
              new Timing(clock::get, random, different::add));
      retry.pauseOrThrow(asking(4));
    }
    assertEquals(20, different.size());
    for (Duration each : different) {
      assertTrue(each.toMillis() >= 4_000 && each.toMillis() <= 6_000, each::toString);
    }
    assertTrue(Collections.max(different).minus(Collections.min(different)).toMillis() > 1_000);
  }

  @Test
  void whatIsAskedForAndFitsIsWaitedFor() {
    Retry retry =
        new Retry(
            RetryLimits.within(Duration.ofSeconds(4)),
            new Timing(clock::get, () -> Long.MAX_VALUE, this::note));
    retry.pauseOrThrow(asking(4));
    assertEquals(List.of(Duration.ofSeconds(4)), pauses, "the spread is cut off at the deadline");
  }

  private static Problem asking(int seconds) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE, "said the test", null, Duration.ofSeconds(seconds));
  }

  @Test
  void withoutADeadlineThereIsOneAttempt() {
    assertThrows(Problem.class, () -> retry(Duration.ZERO, this::note).pauseOrThrow(problem));
    assertEquals(List.of(), pauses);
  }

  @Test
  void anInterruptEndsTheWaiting() {
    Retry retry =
        retry(
            Duration.ofSeconds(10),
            pause -> {
              throw new InterruptedException();
            });
    assertThrows(Problem.class, () -> retry.pauseOrThrow(problem));
    assertTrue(Thread.interrupted());
  }
}
