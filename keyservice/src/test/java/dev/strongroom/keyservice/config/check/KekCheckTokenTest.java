package dev.strongroom.keyservice.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.process.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the check of a KEK says of a real token that is not as it must be. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KekCheckTokenTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final TestToken token;
  private final List<String> findings;

  KekCheckTokenTest(@TempDir Path folder) {
    Optional<String> missing = SoftHsm.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    this.token = SoftHsm.create(folder, "strongroom");
    keygen("kek", "--sensitive");
    keygen("loose", "--extractable");
    Path wrongPin = Tools.secret(folder.resolve("wrong-pin"), "0000\n");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(arguments("RIGHT", "strongroom", "kek", token.pinFile()));
    arguments.addAll(arguments("PIN", "strongroom", "kek", wrongPin));
    arguments.addAll(arguments("KEY", "strongroom", "absent", token.pinFile()));
    arguments.addAll(arguments("LOOSE", "strongroom", "loose", token.pinFile()));
    arguments.addAll(arguments("TOKEN", "elsewhere", "kek", token.pinFile()));
    this.findings = check(arguments);
  }

  private void keygen(String label, String attribute) {
    Map<String, String> environment = new HashMap<>(token.environment());
    environment.put("PIN", SoftHsm.PIN);
    List<String> command =
        new ArrayList<>(
            List.of("pkcs11-tool", "--module", token.module().toString(), "--token-label"));
    command.addAll(List.of(token.label(), "--login", "--pin", "env:PIN", "--keygen"));
    command.addAll(List.of("--key-type", "AES:32", "--label", label, "--private", attribute));
    Tools.run(environment, command);
  }

  // In a process of their own: SoftHSM finds its tokens by the environment.
  private List<String> check(List<String> arguments) {
    try (ChildJvm check =
        ChildJvm.start(KekCheckMain.class, List.of(), token.environment(), arguments)) {
      assertEquals(0, check.awaitExit(PATIENCE), () -> check.output().toString());
      return check.output();
    }
  }

  private List<String> arguments(String name, String label, String object, Path pinFile) {
    return List.of(
        name,
        "pkcs11:token=" + label + ";object=" + object + "?module-path=" + token.module(),
        pinFile.toString());
  }

  private List<String> found(String name) {
    return findings.stream().filter(line -> line.startsWith(name + " ")).toList();
  }

  private void assertOne(String name, String... texts) {
    List<String> found = found(name);
    assertEquals(1, found.size(), findings.toString());
    assertTrue(found.getFirst().startsWith(name + " ERROR"), found::toString);
    for (String text : texts) {
      assertTrue(found.getFirst().contains(text), found::toString);
    }
  }

  @Test
  void aTokenAsInTheGuideHasAllItNeeds() {
    List<String> found = found("RIGHT");
    assertEquals(3, found.size(), findings.toString());
    for (String each : found) {
      assertTrue(each.startsWith("RIGHT OK"), each);
    }
  }

  @Test
  void aWrongPinIsSaidToBe() {
    assertOne(
        "PIN",
        "it refuses the PIN",
        "(configuration-invalid)",
        "docs/guide/key-backends/pkcs11.md");
  }

  @Test
  void aKeyThatIsNotThereIsNamed() {
    assertOne("KEY", "absent", "(configuration-invalid)");
  }

  @Test
  void aKeyThatMayLeaveTheTokenIsNamed() {
    assertOne("LOOSE", "'loose' is no KEK", "CKA_EXTRACTABLE");
  }

  @Test
  void aTokenThatIsNotThereIsAway() {
    assertOne("TOKEN", "elsewhere", "(key-backend-unavailable)");
  }
}
