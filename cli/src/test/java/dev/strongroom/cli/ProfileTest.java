package dev.strongroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileTest {
  @TempDir Path home;

  private void profile(String text) throws IOException {
    Path file = home.resolve(".config/strongroom/config.yaml");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void refusesAnUnknownKeyWithTheNearest() throws IOException {
    profile("servce: https://keys.example.org\n");
    Run run = Run.of(home, "lease", "list");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("line 1"), run.err());
    assertTrue(run.err().contains("did you mean 'service'"), run.err());
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    profile("# nothing yet\n");
    Run run = Run.of(home, "lease", "list");
    assertEquals(2, run.exit());
    assertTrue(run.err().startsWith("configuration-invalid: give --token-file"), run.err());
  }

  @Test
  void isLookedForUnderTheHomeOfTheEnvironment() {
    assertEquals(Path.of("/h"), Environment.home(Map.of("HOME", "/h"), "/other"));
    assertEquals(Path.of("/other"), Environment.home(Map.of(), "/other"));
    assertEquals(Path.of("/other"), Environment.home(Map.of("HOME", "relative"), "/other"));
  }

  @Test
  void theFileThatWasLookedForIsNamed() {
    assertTrue(
        Run.of(home, "lease", "list")
            .err()
            .contains(home.resolve(".config/strongroom/config.yaml").toString()));
    Map<String, String> variables = Map.of("XDG_CONFIG_HOME", "/xdg");
    assertTrue(
        Run.of(home, variables, "lease", "list").err().contains("/xdg/strongroom/config.yaml"));
  }

  @Test
  void isBeatenByTheEnvironmentAndThatByAnOption() throws IOException {
    profile("tokenFile: absent-1\nservice: https://127.0.0.1:1\n");
    assertTrue(Run.of(home, "lease", "list").err().contains("absent-1"));
    Map<String, String> variables = Map.of("STRONGROOM_TOKEN_FILE", "absent-2");
    assertTrue(Run.of(home, variables, "lease", "list").err().contains("absent-2"));
    Run option = Run.of(home, variables, "lease", "list", "--token-file", "absent-3");
    assertTrue(option.err().contains("absent-3"), option.err());
    assertEquals(2, option.exit());
  }

  @Test
  void refusesAServiceWithoutTls() throws IOException {
    Files.writeString(home.resolve("token"), "t");
    Run run =
        Run.of(
            home,
            "lease",
            "list",
            "--service",
            "http://keys.example.org",
            "--token-file",
            home.resolve("token").toString());
    assertEquals(2, run.exit());
    assertTrue(run.err().startsWith("configuration-invalid"), run.err());
  }
}
