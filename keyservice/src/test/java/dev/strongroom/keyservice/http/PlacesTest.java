package dev.strongroom.keyservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private final Places places = new Places(2, "exposures");

  private int nested(int depth) {
    return depth == 0 ? 0 : 1 + places.within(() -> nested(depth - 1));
  }

  @Test
  void whoComesBeyondThemIsRefusedAtOnceAndPlacesComeFreeAgain() {
    assertEquals(2, nested(2));
    Problem refused = assertThrows(Problem.class, () -> nested(3));
    assertEquals(ProblemCode.OVERLOADED, refused.code());
    assertEquals(2, nested(2));
  }
}
