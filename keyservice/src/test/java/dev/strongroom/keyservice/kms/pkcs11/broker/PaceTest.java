package dev.strongroom.keyservice.kms.pkcs11.broker;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {
  private final Pace pace = new Pace();

  @Test
  void aQuickTokenIsAskedForOneThingAtATime() {
    learn(Pace.ANOTHER_NANOS / 3);
    assertTrue(pace.suffices());
  }

  @Test
  void aSlowTokenIsAskedForAsManyThingsAsItIsSlow() {
    learn(4 * Pace.ANOTHER_NANOS);
    int calls = 0;
    for (; !pace.suffices(); calls++) {
      var _ = pace.begin();
    }
    assertTrue(calls >= 2 && calls <= 4, () -> "another call was begun too often, or too seldom");
  }

  @Test
  void aTokenThatHasBecomeQuickIsTakenForThat() {
    learn(1_000 * Pace.ANOTHER_NANOS);
    assertFalse(pace.suffices());
    learn(Pace.ANOTHER_NANOS / 3);
    assertTrue(pace.suffices());
  }

  private void learn(long nanos) {
    for (int i = 0; i < 200; i++) {
      pace.learn(nanos);
    }
  }
}
