package dev.strongroom.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildJvmTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Prints what it was told and waits for ever, or ends with a code. */
  static final class Echo {
    private Echo() {}

    public static void main(String[] arguments) throws InterruptedException {
      System.out.println("heard " + String.join(" ", arguments));
      System.err.println("environment " + System.getenv("CHILD_JVM_TEST"));
      if (arguments[0].equals("exit")) {
        System.exit(7);
      }
      Thread.currentThread().join();
    }
  }

  @Test
  void capturesBothStreamsAndTheExitCode() {
    try (ChildJvm child =
        ChildJvm.start(
            Echo.class, List.of(), Map.of("CHILD_JVM_TEST", "set"), List.of("exit", "now"))) {
      assertEquals(7, child.awaitExit(LIMIT));
      assertTrue(child.output().contains("heard exit now"), child.output()::toString);
      assertTrue(child.output().contains("environment set"), child.output()::toString);
    }
  }

  @Test
  void killsAProcessThatWouldRunForEver() {
    ChildJvm child = ChildJvm.start(Echo.class, "stay");
    assertEquals("heard stay", child.awaitLine("heard", LIMIT));
    assertTrue(child.isAlive());
    child.kill();
    assertFalse(child.isAlive());
    assertEquals(137, child.awaitExit(LIMIT));
  }

  @Test
  void saysWhatWasPrintedWhenTheLineNeverComes() {
    try (ChildJvm child = ChildJvm.start(Echo.class, "exit")) {
      AssertionError error =
          assertThrows(AssertionError.class, () -> child.awaitLine("never printed", LIMIT));
      assertTrue(String.valueOf(error.getMessage()).contains("heard exit"), error::toString);
    }
  }
}
