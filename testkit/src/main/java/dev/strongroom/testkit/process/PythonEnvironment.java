package dev.strongroom.testkit.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A Python of its own with packages that tests need. It is looked for in {@code
 * ~/.cache/strongroom/NAME} and made there.
 *
 * @param name its folder; names the version, so that another version is another folder
 * @param packages as {@code pip install} takes them, with their versions
 */
public record PythonEnvironment(String name, List<String> packages) {
  /** With Tink for Python: an implementation of Tink's formats that is not ours. */
  public static final PythonEnvironment TINK =
      new PythonEnvironment("tink-python-1.16.1", List.of("tink==1.16.1"));

  /** How a program ended, and what it wrote on its standard output, stripped. */
  public record Ran(int exit, String output) {}

  public PythonEnvironment {
    packages = List.copyOf(packages);
  }

  /** Where it is, made or not. */
  public Path folder() {
    return Path.of(System.getProperty("user.home"), ".cache", "strongroom", name);
  }

  /** Its interpreter. */
  public Path python() {
    return folder().resolve("bin").resolve("python");
  }

  /**
   * Why it cannot be had here, when it cannot. Makes it otherwise, which takes a minute the first
   * time and says so on the standard error. Waits while another process makes it.
   */
  public Optional<String> missing() {
    // A lock of a file is the process' own: its threads wait here.
    synchronized (PythonEnvironment.class) {
      try {
        Files.createDirectories(folder());
        try (FileChannel file =
                FileChannel.open(
                    folder().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock _ = file.lock()) {
          return installed();
        }
      } catch (IOException e) {
        return Optional.of(name + " cannot be made at " + folder() + " with python3 (" + e + ")");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.of("interrupted while installing " + name);
      }
    }
  }

  // A marker is written last, so that a half-made environment is never taken for a whole one.
  private Optional<String> installed() throws IOException, InterruptedException {
    Path whole = folder().resolve("installed");
    if (Files.exists(whole)) {
      return Optional.empty();
    }
    System.err.println("installing " + name + " into " + folder() + " (once)");
    if (!runs(List.of("python3", "-m", "venv", folder().toString()))) {
      return Optional.of("'python3 -m venv' failed; on Debian: apt-get install python3-venv");
    }
    List<String> install =
        new ArrayList<>(List.of(python().toString(), "-m", "pip", "install", "--quiet"));
    install.addAll(packages);
    if (!runs(install)) {
      return Optional.of(
          "'pip install "
              + String.join(" ", packages)
              + "' failed; see "
              + folder()
              + "/install.log");
    }
    Files.createFile(whole);
    return Optional.empty();
  }

  private boolean runs(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder().resolve("install.log").toFile())
            .start();
    try {
      return process.waitFor() == 0;
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * Runs a program to its end; its standard error is this process' own.
   *
   * @param test beside which the program is, as a resource
   * @param program the name of the resource
   * @param input its standard input, read before it writes much
   */
  public Ran run(Class<?> test, String program, byte[] input) {
    try {
      Process process =
          new ProcessBuilder(python().toString(), "-c", text(test, program))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try {
        try (OutputStream in = process.getOutputStream()) {
          in.write(input);
        }
        String output =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Ran(process.waitFor(), output);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(program + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + program, e);
    }
  }

  private static String text(Class<?> test, String program) throws IOException {
    try (InputStream source =
        Objects.requireNonNull(test.getResourceAsStream(program), program + " is no resource")) {
      return new String(source.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
