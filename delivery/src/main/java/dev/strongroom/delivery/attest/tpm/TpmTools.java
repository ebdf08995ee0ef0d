package dev.strongroom.delivery.attest.tpm;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs tpm2-tools (version 5), each in a process of its own, in a folder of its own that {@link
 * #close} removes: file names of theirs are relative to it. No shell is involved, and nothing of
 * this process' environment reaches them but the search path. What they write and how long they
 * take is bounded. For one thread.
 */
public final class TpmTools implements AutoCloseable {
  private static final int MAX_OUTPUT = 64 << 10;
  private static final int MAX_SHOWN = 400;
  private static final int MAX_FILE = 64 << 10;

  private final Path folder;
  private final String tcti;
  private final Duration limit;

  private TpmTools(Path folder, String tcti, Duration limit) {
    this.folder = folder;
    this.tcti = tcti;
    this.limit = limit;
  }

  /**
   * Prepares the folder.
   *
   * @param tcti the way to the TPM, for example {@code device:/dev/tpmrm0}
   * @param limit how long one call may take
   * @throws Problem {@link ProblemCode#EVIDENCE_UNAVAILABLE} when no temporary folder can be made
   */
  public static TpmTools open(String tcti, Duration limit) {
    try {
      return new TpmTools(
          Files.createTempDirectory(
              "strongroom-tpm-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
          tcti,
          limit);
    } catch (IOException e) {
      throw unavailable("no temporary folder can be made: " + e.getMessage(), e);
    }
  }

  /**
   * Runs one to its end.
   *
   * @param command the tool and its arguments
   * @return what it wrote, of both streams
   * @throws Problem {@link ProblemCode#EVIDENCE_UNAVAILABLE} when it is not there, takes too long,
   *     writes too much, or fails; the message has the end of what it wrote
   */
  public String run(String... command) {
    Process process = start(List.of(command));
    AtomicBoolean late = new AtomicBoolean();
    // Killed from beside, so that a tool that hangs with its output open ends the reading, too.
    CompletableFuture<Process> _ =
        process
            .onExit()
            .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(e -> {
              late.set(true);
              return process.destroyForcibly();
            });
    try {
      String output = read(process);
      int status = process.waitFor();
      if (late.get()) {
        throw unavailable(command[0] + " takes longer than " + limit, null);
      }
      if (status != 0) {
        throw unavailable(command[0] + " fails: " + shown(output, status), null);
      }
      return output;
    } catch (IOException e) {
      throw unavailable(command[0] + " cannot be heard: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(command[0] + " was interrupted", e);
    } finally {
      var _ = process.destroyForcibly();
    }
  }

  private Process start(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.clear();
    environment.putAll(Map.of("PATH", path, "TPM2TOOLS_TCTI", tcti, "TSS2_LOG", "all+NONE"));
    try {
      return builder
          .redirectErrorStream(true)
          .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
          .start();
    } catch (IOException e) {
      throw unavailable(
          command.getFirst() + " cannot be run: install tpm2-tools (version 5) where this runs", e);
    }
  }

  private static String read(Process process) throws IOException {
    try (InputStream in = process.getInputStream()) {
      byte[] output = in.readNBytes(MAX_OUTPUT + 1);
      if (output.length > MAX_OUTPUT) {
        throw new IOException("it writes more than " + MAX_OUTPUT + " bytes");
      }
      return new String(output, StandardCharsets.ISO_8859_1);
    }
  }

  private static String shown(String output, int status) {
    String end = output.strip().replaceAll("[\\s\\p{Cntrl}]+", " ");
    String told = end.substring(Math.max(0, end.length() - MAX_SHOWN));
    return told.isEmpty() ? "it ends with " + status : told;
  }

  /**
   * A file that a tool has written.
   *
   * @throws Problem {@link ProblemCode#EVIDENCE_UNAVAILABLE} when it is not there or too large
   */
  public byte[] file(String name) {
    try {
      return bounded(folder.resolve(name), MAX_FILE);
    } catch (IOException e) {
      throw unavailable("the tools have not written '" + name + "': " + e.getMessage(), e);
    }
  }

  /** Writes a file for a tool. */
  public void write(String name, byte[] content) {
    try {
      var _ = Files.write(folder.resolve(name), content);
    } catch (IOException e) {
      throw unavailable("'" + name + "' cannot be written for the tools", e);
    }
  }

  /** Reads a file whose size the file system need not know, as those of the kernel. */
  static byte[] bounded(Path file, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw new IOException(file + " has more than " + limit + " bytes");
      }
      return content;
    }
  }

  static Problem unavailable(String message, @Nullable Exception cause) {
    return new Problem(ProblemCode.EVIDENCE_UNAVAILABLE, "TPM: " + message, cause);
  }

  /** Removes the folder. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // Nothing in it is secret: no reason to fail what has succeeded.
    }
  }
}
