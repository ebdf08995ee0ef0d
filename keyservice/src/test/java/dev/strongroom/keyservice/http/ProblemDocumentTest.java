package dev.strongroom.keyservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemDocumentTest {
  /** Whole seconds, at least one, and never so many that a caller gives up. */
  @ParameterizedTest
  @CsvSource({
    "KEY_BACKEND_THROTTLED, 0, 1",
    "KEY_BACKEND_THROTTLED, 1, 1",
    "KEY_BACKEND_THROTTLED, 1001, 2",
    "KEY_BACKEND_UNAVAILABLE, 7000, 7",
    "KEY_BACKEND_UNAVAILABLE, 3600000, 30",
    "KEY_BACKEND_UNAVAILABLE, -5, 1",
    "KEK_UNUSABLE, 7000, 0"
  })
  void whatTheBackendAsksForIsPassedOn(ProblemCode code, long askedMillis, long told) {
    Problem problem = new Problem(code, "not now", null, Duration.ofMillis(askedMillis));
    assertEquals(told, ProblemDocument.of(problem).retryAfterSeconds());
  }
}
