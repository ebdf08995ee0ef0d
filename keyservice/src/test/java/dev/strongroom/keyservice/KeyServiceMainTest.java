package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.testkit.process.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program: its arguments, exit codes and signals. */
@Timeout(300)
final class KeyServiceMainTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void answersHelpAndVersionAndMisuse() {
    assertEquals(KeyServiceMain.OK, KeyServiceMain.run(List.of("--help")));
    assertEquals(KeyServiceMain.OK, KeyServiceMain.run(List.of("--version")));
    for (List<String> wrong :
        List.of(List.<String>of(), List.of("--config"), List.of("--nonsense", "x"), List.of("x"))) {
      assertEquals(KeyServiceMain.MISUSE, KeyServiceMain.run(wrong), wrong::toString);
    }
  }

  @Test
  void saysWhatIsWrongWithItsConfiguration() throws Exception {
    Path config = folder.resolve("keyservice.yaml");
    Files.writeString(config, "orgin: https://keys.test\n");
    try (ChildJvm program = ChildJvm.start(KeyServiceMain.class, "--config", config.toString())) {
      assertEquals(KeyServiceMain.CONFIGURATION, program.awaitExit(LIMIT));
      assertTrue(
          program.output().stream()
              .anyMatch(line -> line.contains("configuration-invalid") && line.contains("origin")),
          program.output()::toString);
    }
  }

  @Test
  void aKekThatDoesNotFitIsAMatterOfConfiguration() throws Exception {
    String kek = "kek: {tink: {keysetFile: data/%s.json}}%n";
    try (TestService files = TestService.start(folder, kek.formatted("kek"))) {
      PublishedModel.publish(files, "acme/chat", "1");
      files.service().close();
      TinkKeyWrapper.open(files.dataDir().resolve("other.json"), true).close();
      Path config = files.writeConfig();
      Files.writeString(
          config, Files.readString(config).replace(kek.formatted("kek"), kek.formatted("other")));
      try (ChildJvm program = ChildJvm.start(KeyServiceMain.class, "--config", config.toString())) {
        assertEquals(KeyServiceMain.CONFIGURATION, program.awaitExit(LIMIT));
        assertTrue(
            program.output().stream().anyMatch(line -> line.contains("kek-not-configured")),
            program.output()::toString);
      }
    }
  }

  @Test
  void runsUntilItIsToldToStop() throws Exception {
    try (TestService files = TestService.start(folder)) {
      files.service().close();
      Path config = files.writeConfig();
      try (ChildJvm program =
          ChildJvm.start(
              KeyServiceMain.class,
              ProcessHardening.LAUNCH_FLAGS,
              Map.of(),
              List.of("--config", config.toString()))) {
        String hardening = program.awaitLine("process hardening", LIMIT);
        for (String each : List.of("notDumpable", "noCoreFiles", "attachDisabled")) {
          assertTrue(hardening.contains("\"" + each + "\":true"), hardening);
        }
        program.awaitLine("crypto providers", LIMIT);
        assertTrue(program.awaitLine("\"listening\"", LIMIT).contains("managementPort"));
        program.awaitLine("\"ready\"", LIMIT);
        assertEquals("0 0", coreLimit(program.pid()));
        Files.writeString(files.policyFile(), "format: nonsense\n");
        signal("HUP", program);
        program.awaitLine("the policy stays as it was", LIMIT);
        signal("TERM", program);
        assertEquals(128 + 15, program.awaitExit(LIMIT));
        assertTrue(
            program.output().stream().anyMatch(line -> line.contains("\"stopped\"")),
            program.output()::toString);
        assertFalse(
            program.output().stream().anyMatch(line -> line.contains(files.secretOfStorage())),
            "secrets are not logged");
      }
    }
  }

  @Test
  void findsANewPolicyUnderNohup() throws Exception {
    try (TestService files = TestService.start(folder)) {
      files.service().close();
      Path config = files.writeConfig();
      try (ChildJvm program =
          ChildJvm.startUnderNohup(KeyServiceMain.class, List.of("--config", config.toString()))) {
        program.awaitLine("SIGHUP is ignored", LIMIT);
        signal("HUP", program);
        Files.writeString(files.policyFile(), "format: nonsense\n");
        program.awaitLine("the policy stays as it was", LIMIT);
        signal("TERM", program);
        assertEquals(128 + 15, program.awaitExit(LIMIT));
      }
    }
  }

  private static void signal(String name, ChildJvm program)
      throws IOException, InterruptedException {
    assertEquals(
        0, new ProcessBuilder("kill", "-" + name, Long.toString(program.pid())).start().waitFor());
  }

  private static String coreLimit(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/limits")).stream()
        .filter(line -> line.startsWith("Max core file size"))
        .map(line -> line.replaceAll("[^0-9]+", " ").strip())
        .findFirst()
        .orElse("");
  }
}
