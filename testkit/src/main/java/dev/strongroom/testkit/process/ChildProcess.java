package dev.strongroom.testkit.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A process of the test's or the demo's own. What it prints, on either stream, is captured line by
 * line. Closing kills it.
 */
public class ChildProcess implements AutoCloseable {
  private static final Duration REAP = Duration.ofSeconds(30);

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private boolean ended;

  ChildProcess(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /**
   * Starts a command.
   *
   * @param environment added to this process' own
   */
  public static ChildProcess start(List<String> command, Map<String, String> environment) {
    return new ChildProcess(launch(command, environment));
  }

  static Process launch(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("the command " + command.getFirst() + " does not start", e);
    }
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
    // Through its handle: Process.destroy() also closes the pipe, and its last words would be lost.
    process.toHandle().destroy();
  }

  /**
   * Sends it a signal.
   *
   * @param name as {@code kill} knows it, such as {@code STOP}
   */
  public void signal(String name) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("kill -" + name + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("there is no kill", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending a signal", e);
    }
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
