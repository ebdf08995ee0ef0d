package dev.strongroom.keyservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A place is given back once, and not while the answer is being worked on. */
final class AdmissionTest {
  private static final Call CALL =
      new Call("POST", "/", Map.of(), Map.of(), List.of(), List.of(), "", List.of(), new byte[0]);

  private final AtomicInteger released = new AtomicInteger();

  @Test
  void theAnswerGivesThePlaceBack() {
    Admission admission = new Admission(call -> Answer.empty(), released::incrementAndGet);
    assertEquals(0, released.get());
    admission.answer(CALL);
    admission.abandon();
    assertEquals(1, released.get());
  }

  @Test
  void aRefusalGivesThePlaceBack() {
    Admission admission =
        new Admission(
            call -> {
              throw Dispatcher.overloaded();
            },
            released::incrementAndGet);
    assertThrows(Problem.class, () -> admission.answer(CALL));
    assertEquals(1, released.get());
  }

  @Test
  void whoIsGoneKeepsNoPlaceAndIsAnsweredNoMore() {
    Admission admission = new Admission(call -> Answer.empty(), released::incrementAndGet);
    admission.abandon();
    admission.abandon();
    assertEquals(1, released.get());
    assertThrows(Problem.class, () -> admission.answer(CALL));
    assertEquals(1, released.get());
  }

  @Test
  void theEndOfTheRequestDoesNotFreeAPlaceThatIsInUse() {
    List<Admission> itself = new java.util.ArrayList<>();
    Admission admission =
        new Admission(
            call -> {
              itself.getFirst().abandon();
              assertEquals(0, released.get());
              return Answer.empty();
            },
            released::incrementAndGet);
    itself.add(admission);
    admission.answer(CALL);
    assertEquals(1, released.get());
  }
}
