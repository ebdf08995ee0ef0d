package dev.strongroom.testkit.stage;

import dev.strongroom.testkit.process.ChildProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A command that has ended.
 *
 * @param command as a person would type it
 * @param exitCode what it ended with
 * @param output what it printed, both streams
 * @param took from start to end
 */
public record Run(List<String> command, int exitCode, List<String> output, Duration took) {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  static Run of(List<String> command, Map<String, String> environment) {
    long begin = System.nanoTime();
    try (ChildProcess process = ChildProcess.start(command, environment)) {
      int exitCode = process.awaitExit(LIMIT);
      return new Run(
          command, exitCode, process.output(), Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  /**
   * This run, when it ended as it should.
   *
   * @throws AssertionError otherwise, with what it printed
   */
  public Run expect(int wanted) {
    if (exitCode != wanted) {
      throw new AssertionError(
          String.join(" ", command)
              + " ended with "
              + exitCode
              + " and not with "
              + wanted
              + ":\n"
              + String.join("\n", output));
    }
    return this;
  }

  /** All that it printed. */
  public String text() {
    return String.join("\n", output);
  }
}
