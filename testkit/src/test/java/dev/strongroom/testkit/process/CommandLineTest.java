package dev.strongroom.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandLineTest {
  @Test
  void readsOptions() {
    CommandLine line =
        new CommandLine(List.of("--a", "1", "--b", "2", "--b", "3"), Set.of("a", "b", "c"));
    assertEquals("1", line.required("a"));
    assertEquals(List.of("2", "3"), line.all("b"));
    assertNull(line.optional("c"));
    assertEquals("d", line.orElse("c", "d"));
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThrows(
        IllegalArgumentException.class, () -> new CommandLine(List.of("--x", "1"), Set.of("a")));
    assertThrows(
        IllegalArgumentException.class, () -> new CommandLine(List.of("--a"), Set.of("a")));
    assertThrows(
        IllegalArgumentException.class,
        () -> new CommandLine(List.of(), Set.of("a")).required("a"));
  }
}
