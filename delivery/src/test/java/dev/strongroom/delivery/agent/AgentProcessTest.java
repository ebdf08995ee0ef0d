package dev.strongroom.delivery.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a person meets who does not know the programs yet. */
class AgentProcessTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private ExitCode run(DeliveryMode mode, String... arguments) {
    return new AgentProcess(
            "strongroom-x",
            mode,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void helpNamesEveryKeyAndEveryExitCode(DeliveryMode mode) {
    assertEquals(ExitCode.DONE, run(mode, "--help"));
    assertTrue(printed().startsWith("usage: strongroom-x --config FILE"), this::printed);
    for (RecordComponent key : AgentConfig.class.getRecordComponents()) {
      String name = key.getName();
      assertTrue(printed().contains(name), () -> name + " is missing in: " + printed());
    }
    for (ExitCode code : ExitCode.values()) {
      assertTrue(printed().contains("\n  " + code.status() + " "), () -> code + ": " + printed());
    }
    assertTrue(
        printed().lines().allMatch(line -> line.length() <= 100), "lines fit into a terminal");
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource
  void versionIsOneLine(DeliveryMode mode) {
    assertEquals(ExitCode.DONE, run(mode, "--version"));
    assertTrue(printed().matches("strongroom-x [^\\n]+\\R"), this::printed);
  }

  @Test
  void anythingElseIsAWrongCommandLine() {
    assertEquals(ExitCode.USAGE, run(DeliveryMode.SIDECAR, "--help", "me"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("--help"));
    assertEquals("", printed());
  }
}
