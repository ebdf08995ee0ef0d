package dev.strongroom.cli;

import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.delivery.progress.Terminal;
import dev.strongroom.delivery.retry.Timing;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * What the process was started in.
 *
 * @param variables the environment variables
 * @param home the home directory
 * @param out results
 * @param err progress, notes and failures
 * @param terminal whether a person watches {@code err}
 * @param clock the time
 * @param timing how to wait between attempts
 * @param hardening called by commands before they hold a key
 */
public record Environment(
    Map<String, String> variables,
    Path home,
    PrintWriter out,
    PrintWriter err,
    boolean terminal,
    InstantSource clock,
    Timing timing,
    Runnable hardening) {
  public Environment {
    variables = Map.copyOf(variables);
  }

  /** That of this process. */
  public static Environment ofProcess() {
    return new Environment(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        Terminal.isError(),
        InstantSource.system(),
        Timing.system(),
        ProcessHardening::apply);
  }

  /** A variable, unless it is absent or empty. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /** The folder of an XDG base directory variable, or its default below the home directory. */
  public Path baseDirectory(String variable, String... otherwise) {
    Path fallback = home;
    for (String name : otherwise) {
      fallback = fallback.resolve(name);
    }
    // Relative values are to be ignored (XDG Base Directory Specification).
    return variable(variable).map(Path::of).filter(Path::isAbsolute).orElse(fallback);
  }
}
