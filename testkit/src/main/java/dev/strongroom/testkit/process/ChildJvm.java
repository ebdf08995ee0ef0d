package dev.strongroom.testkit.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A main class in a JVM of its own, on the class path of this one. What it prints, on either
 * stream, is captured line by line. Closing kills it.
 */
public final class ChildJvm implements AutoCloseable {
  private static final Duration REAP = Duration.ofSeconds(30);

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private boolean ended;

  private ChildJvm(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /** Starts a main with its arguments. */
  public static ChildJvm start(Class<?> main, String... arguments) {
    return start(main, List.of(), Map.of(), List.of(arguments));
  }

  /**
   * Starts a main.
   *
   * @param jvmOptions for example {@code -Xmx64m}
   * @param environment added to this process' own
   */
  public static ChildJvm start(
      Class<?> main,
      List<String> jvmOptions,
      Map<String, String> environment,
      List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(classPath());
    command.add(main.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return new ChildJvm(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("the JVM for " + main.getName() + " does not start", e);
    }
  }

  // Surefire may start with a jar that only points at the real class path.
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Everything printed so far, for messages of failing tests. */
  public synchronized List<String> output() {
    return List.copyOf(lines);
  }

  /**
   * Waits until a line holds this text.
   *
   * @return the line
   * @throws AssertionError when the process ends or the time runs out before
   */
  public synchronized String awaitLine(String text, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      int seen = 0;
      while (true) {
        for (; seen < lines.size(); seen++) {
          if (lines.get(seen).contains(text)) {
            return lines.get(seen);
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          throw new AssertionError(
              (ended ? "the process ended" : "the time ran out")
                  + " before '"
                  + text
                  + "' was printed; it printed:\n"
                  + String.join("\n", lines));
        }
        wait(Math.max(1, left / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a process", e);
    }
  }

  /**
   * Waits for its end.
   *
   * @return the exit code
   * @throws AssertionError when it still runs after the limit
   */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit)) {
        throw new AssertionError("the process still runs; it printed:\n" + output());
      }
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a process", e);
    }
  }

  /** Asks it to end (SIGTERM), so that its shutdown hooks run. */
  public void terminate() {
    process.destroy();
  }

  /** Ends it as a crash would (SIGKILL) and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitExit(REAP);
  }

  @Override
  public void close() {
    kill();
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        add(line);
      }
    } catch (IOException e) {
      add("(reading the output failed: " + e.getMessage() + ")");
    } finally {
      end();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }
}
