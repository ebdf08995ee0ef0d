package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other people's code verifies what we write: golang.org/x/mod (the Go checksum database) for notes
 * and tiles, transparency-dev/formats for the ML-DSA-44 cosignature and the tlog-proof.
 */
@Timeout(400)
class GoInteropTest {
  private static final int OLDER = 300;
  private static final int SIZE = 700;

  @TempDir Path folder;

  private record Outcome(int exit, String output) {}

  private Outcome go(Path directory, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, "go", ".txt");
    try {
      int exit =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      return new Outcome(exit, Files.readString(output));
    } catch (IOException absent) {
      return new Outcome(-1, "there is no command 'go'");
    }
  }

  private Path program() throws Exception {
    Path program = Files.createDirectories(folder.resolve("program"));
    for (String file : List.of("main.go", "go.mod", "go.sum")) {
      try (InputStream source =
          Objects.requireNonNull(GoInteropTest.class.getResourceAsStream("/interop/" + file))) {
        Files.copy(source, program.resolve(file));
      }
    }
    Needs.require(go(program, "version").exit() == 0, "Go 1.25 or newer");
    Outcome modules = go(program, "mod", "download");
    Needs.require(modules.exit() == 0, "the Go modules of the checker: " + modules.output());
    Outcome built = go(program, "build", "-o", "verifylog", ".");
    assertEquals(0, built.exit(), built.output());
    return program.resolve("verifylog");
  }

  private static Outcome run(Path binary, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(binary.toString()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  @Test
  void goVerifiesTheLogAndFindsAFlippedBit() throws Exception {
    Path verifylog = program();
    Path log = folder.resolve("log");
    Path older = folder.resolve("older");
    Path receipt = folder.resolve("receipt");
    try (AuditLog opened = TestLog.open(log)) {
      TestLog.fill(opened, OLDER);
      Files.writeString(older, opened.checkpoint().note());
      TestLog.fill(opened, SIZE);
      Files.writeString(receipt, opened.reader().receiptFor(421).toText());
    }
    List<String> arguments = new ArrayList<>();
    arguments.add(log.toString());
    TestKeys.KEYS.verifierKeys().forEach(key -> arguments.add(key.toString()));
    arguments.add(older.toString());
    arguments.add(receipt.toString());
    Outcome verified = run(verifylog, arguments);
    assertEquals(0, verified.exit(), verified.output());
    assertEquals("verified 700 entries, consistency from 300, receipt of 421\n", verified.output());

    Path bundle = log.resolve("tile/entries/001");
    byte[] changed = Files.readAllBytes(bundle);
    changed[100] ^= 1;
    Files.write(bundle, changed);
    Outcome refused = run(verifylog, arguments);
    assertNotEquals(0, refused.exit());
    assertTrue(refused.output().contains("invalid transparency proof"), refused.output());
  }
}
