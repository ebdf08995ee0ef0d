package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the programs that come with tokens. */
public final class Tools {
  private Tools() {}

  /**
   * Runs to its end.
   *
   * @return what it wrote
   * @throws IllegalStateException when it fails; it says what it wrote
   */
  public static String run(Map<String, String> environment, List<String> command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IllegalStateException(command + " ended with " + exit + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(command.getFirst() + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Why a program cannot be run, when it cannot. */
  public static Optional<String> missing(String program, String debianPackage) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
        return Optional.empty();
      }
    }
    return Optional.of(program + " is not installed. On Debian: apt-get install " + debianPackage);
  }

  /** Writes a file that only its owner reads. */
  public static Path secret(Path file, String content) {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
