package dev.strongroom.cli;

import dev.strongroom.delivery.retry.Timing;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One run of the command line in this process.
 *
 * @param exit how it ended
 * @param out what it printed as result
 * @param err what it told besides
 */
public record Run(int exit, String out, String err) {

  /** Runs with this folder as home and working directory. */
  public static Run of(Path home, Map<String, String> variables, String... arguments) {
    return of(home, variables, false, arguments);
  }

  /** Runs where a person watches. */
  public static Run onTerminal(Path home, String... arguments) {
    return of(home, Map.of(), true, arguments);
  }

  private static Run of(
      Path home, Map<String, String> variables, boolean terminal, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    // Time passes by waiting alone, and quickly.
    AtomicLong time = new AtomicLong();
    Environment environment =
        new Environment(
            variables,
            home,
            new PrintWriter(out),
            new PrintWriter(err),
            terminal,
            InstantSource.system(),
            new Timing(time::get, new Random(1), pause -> time.addAndGet(20 * pause.toNanos())),
            () -> {});
    int exit = StrongroomMain.run(environment, arguments);
    return new Run(exit, out.toString(), err.toString());
  }

  /** Runs without environment variables. */
  public static Run of(Path home, String... arguments) {
    return of(home, Map.of(), arguments);
  }
}
