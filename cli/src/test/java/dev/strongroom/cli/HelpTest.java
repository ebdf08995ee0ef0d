package dev.strongroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(strings = {"strongroom", "publish", "audit-verify"})
  void isAsItWasAgreed(String command) throws IOException {
    String[] words =
        command.equals("strongroom")
            ? new String[] {"--help"}
            : (command + "---help").split("-", command.contains("-") ? 3 : 2);
    Run run = Run.of(home, words);
    assertEquals(0, run.exit());
    assertEquals(golden(command), run.out());
  }

  @Test
  void whatAGroupTakesItselfIsNotPassedOverBeforeOneOfItsCommands() {
    Run run = Run.of(home, "revoke", "--dry-run", "lift", "rev-" + "0".repeat(32));
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().contains("'--dry-run' is an option of 'strongroom revoke' itself"));
    assertTrue(Run.of(home, "revoke", "--json", "lift", "x").err().contains("rev-"));
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = HelpTest.class.getResourceAsStream("/help/" + name + ".txt")) {
      assertTrue(in != null, "there is no golden text for " + name);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish",
        "version",
        "version list",
        "version show",
        "version drafts",
        "version abandon",
        "grant",
        "grant explain",
        "grant replay",
        "lease",
        "lease list",
        "exposure",
        "revoke",
        "revoke show",
        "revoke list",
        "revoke lift",
        "audit",
        "audit fetch",
        "audit verify",
        "audit show",
        "audit receipt",
        "keys",
        "keys status",
        "keys rotate",
        "keys rewrap",
        "keys migrate",
        "keys erase",
        "attest",
        "attest verify",
        "attest collateral",
        "attest collateral list",
        "attest collateral fetch",
        "attest collateral export",
        "attest collateral import",
        "attest enrol",
        "attest enrol request",
        "attest enrol challenge",
        "attest enrol answer",
        "attest enrol accept",
        "policy",
        "policy lint",
        "policy test",
        "policy diff",
        "policy approve",
        "policy apply",
        "policy rollback",
        "policy show",
        "policy history",
        "policy dry-run",
        "doctor",
        "doctor keys",
        "store",
        "store rebuild",
        "keygen",
        "keygen publisher",
        "keygen approver"
      })
  void showsAnExampleOfEveryCommand(String command) {
    Run run = Run.of(home, (command + " --help").split(" "));
    assertEquals(0, run.exit());
    assertTrue(run.out().contains("strongroom " + command), run.out());
    assertTrue(run.out().contains("Example"), run.out());
    assertTrue(run.out().lines().allMatch(line -> line.length() <= 100), run.out());
  }

  @Test
  void takesTheUsualSpellings() {
    assertEquals(Run.of(home, "publish", "--help"), Run.of(home, "help", "publish"));
    assertEquals(Run.of(home, "--help"), Run.of(home, "help"));
    Run version = Run.of(home, "--version");
    assertEquals(0, version.exit());
    assertTrue(version.out().startsWith("strongroom "), version.out());
  }

  @Test
  void givesNoHelpAboutWhatThereIsNot() {
    for (String unknown : new String[] {"bogus", "policies"}) {
      Run run = Run.of(home, unknown, "--help");
      assertEquals(2, run.exit(), run.out());
      assertTrue(run.err().contains("'" + unknown + "'"), run.err());
      assertEquals("", run.out());
    }
  }

  @Test
  void tellsWhatIsWrongWithTheArguments() {
    Run unknown = Run.of(home, "publsh");
    assertEquals(2, unknown.exit());
    assertTrue(unknown.err().contains("strongroom publish"), unknown.err());

    Run missing = Run.of(home, "publish", "model");
    assertEquals(2, missing.exit());
    assertTrue(missing.err().contains("--model"), missing.err());

    Run json = Run.of(home, "--json", "publish", "model");
    assertEquals(2, json.exit());
    assertTrue(json.err().startsWith("{\"code\":\"misuse\""), json.err());
  }
}
