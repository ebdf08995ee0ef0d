package dev.strongroom.delivery.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    retry.pauseOrThrow(problem, Duration.ofSeconds(3));
    assertEquals(List.of(Duration.ofSeconds(3)), pauses);
    assertThrows(Problem.class, () -> retry.pauseOrThrow(problem, Duration.ofSeconds(8)));
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
