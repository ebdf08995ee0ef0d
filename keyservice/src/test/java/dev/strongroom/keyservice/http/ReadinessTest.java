package dev.strongroom.keyservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of readiness: trouble, and its end. */
class ReadinessTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(Readiness.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicBoolean away = new AtomicBoolean(true);
  private final Readiness readiness =
      new Readiness(
          List.of(
              new Readiness.Check("store", () -> {}),
              new Readiness.Check(
                  "backend",
                  () -> {
                    if (away.get()) {
                      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "sealed");
                    }
                  })));

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
  }

  private List<String> messages() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  /** Looks again as soon as it looks at all. */
  private void untilReady(boolean wanted) {
    while (readiness.report().ready() != wanted) {
      Thread.onSpinWait();
    }
  }

  @Test
  void readyIsSaidWhenAllWorksAndReadyAgainOfWhatFailed() {
    assertFalse(readiness.report().ready());
    assertEquals(List.of("not ready: sealed"), messages());
    away.set(false);
    untilReady(true);
    assertEquals(List.of("not ready: sealed", "ready again", "ready"), messages());
    assertEquals("backend", lines.list.get(1).getKeyValuePairs().getFirst().value);
    away.set(true);
    untilReady(false);
    away.set(false);
    untilReady(true);
    assertEquals(
        List.of("not ready: sealed", "ready again", "ready", "not ready: sealed", "ready again"),
        messages());
  }

  @Test
  void aStartIsFollowedUntilItIsReady() throws Exception {
    AtomicInteger pauses = new AtomicInteger();
    readiness.awaitFirst(() -> {
      if (pauses.incrementAndGet() == 3) {
        away.set(false);
      }
    });
    assertTrue(pauses.get() >= 3);
    assertEquals("ready", messages().getLast());
  }

  @Test
  void theEndOfTheServiceEndsIt() throws Exception {
    readiness.awaitFirst(readiness::stop);
    assertFalse(readiness.report().ready());
    assertEquals(List.of("not ready: sealed"), messages());
  }
}
