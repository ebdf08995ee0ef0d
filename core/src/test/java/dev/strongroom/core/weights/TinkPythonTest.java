package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.strongroom.testkit.process.PythonEnvironment;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written here, Tink for Python reads; and the reverse. */
@Timeout(300)
class TinkPythonTest {
  @TempDir Path directory;

  @Test
  void bothReadEachOther() throws Exception {
    Path python = python();
    Path script = directory.resolve("tink_streaming.py");
    try (InputStream in = getClass().getResourceAsStream("/tink_streaming.py")) {
      assertNotNull(in);
      Files.copy(in, script);
    }
    Process process =
        new ProcessBuilder(python.toString(), script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (PrintStream jobs =
            new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        BufferedReader answers =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int segmentSize : new int[] {4096, 1 << 20}) {
        int first = segmentSize - 56;
        int later = segmentSize - 16;
        for (int size :
            new int[] {0, 1, first - 1, first, first + 1, first + later, 3 * later + 5}) {
          bothWays(jobs, answers, segmentSize, size);
        }
      }
      opensTheFrozenObjects(jobs, answers);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private void bothWays(PrintStream jobs, BufferedReader answers, int segmentSize, int size)
      throws Exception {
    byte[] plaintext = SampleFile.plaintext(size, segmentSize);
    SampleFile file = SampleFile.of(size, segmentSize);
    String message = "size " + size + ", segments of " + segmentSize;
    byte[] read = run(jobs, answers, "decrypt", file, file.encrypt(plaintext));
    assertArrayEquals(plaintext, read, "Python reads ours: " + message);
    byte[] written = run(jobs, answers, "encrypt", file, plaintext);
    assertArrayEquals(plaintext, file.decrypt(written), "we read Python's: " + message);
  }

  private void opensTheFrozenObjects(PrintStream jobs, BufferedReader answers) throws Exception {
    int index = 0;
    for (Map.Entry<String, byte[]> file : FrozenVersion.files().entrySet()) {
      SampleFile sample = FrozenVersion.sample(index, file.getKey(), file.getValue().length);
      byte[] object = FrozenVersionTest.resource(String.format("%032x", 0xF0 + index));
      assertArrayEquals(
          file.getValue(), run(jobs, answers, "decrypt", sample, object), file.getKey());
      index++;
    }
  }

  private byte[] run(
      PrintStream jobs, BufferedReader answers, String direction, SampleFile file, byte[] input)
      throws Exception {
    Path source = Files.write(directory.resolve("input"), input);
    Path target = directory.resolve("output");
    Files.deleteIfExists(target);
    jobs.println(
        String.join(
            " ",
            direction,
            HexFormat.of().formatHex(SampleFile.streamKey()),
            Integer.toString(file.segmentSize()),
            HexFormat.of().formatHex(file.context().digest()),
            source.toString(),
            target.toString()));
    assertEquals("done", answers.readLine(), "the script's errors are above");
    return Files.readAllBytes(target);
  }

  private static Path python() {
    Optional<String> missing = PythonEnvironment.TINK.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    return PythonEnvironment.TINK.python();
  }
}
