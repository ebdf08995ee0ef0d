package dev.strongroom.keyservice.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultBinary;
import dev.strongroom.testkit.kms.VaultServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the check of a KEK says of a real Vault whose policy lacks something. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KekCheckVaultTest {
  private static final String READ = "path \"transit/keys/kek\" { capabilities = [\"read\"] }\n";
  private static final String ENCRYPT = update("transit/encrypt/kek");
  private static final String DECRYPT = update("transit/decrypt/kek");
  private static final String REWRAP = update("transit/rewrap/kek");
  private static final String LOOK_UP =
      "path \"auth/token/lookup-self\" { capabilities = [\"read\"] }\n";
  private static final String RENEW = update("auth/token/renew-self");
  private static final String REVOKE = update("auth/token/revoke-self");
  private static final String USE = READ + ENCRYPT + DECRYPT + REWRAP;
  private static final String ITSELF = LOOK_UP + RENEW;

  private final Path folder;
  private final VaultServer vault;
  private int policies;

  KekCheckVaultTest(@TempDir Path folder) {
    Optional<String> missing = VaultBinary.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    this.folder = folder;
    this.vault = VaultServer.start(folder);
    vault.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
    vault.call("POST", "sys/auth/approle", "{\"type\":\"approle\"}");
    vault.call("POST", "transit/keys/kek", "{\"type\":\"aes256-gcm96\",\"derived\":true}");
    vault.call("POST", "transit/keys/plain", "{\"type\":\"aes256-gcm96\"}");
  }

  @AfterAll
  void close() {
    vault.close();
  }

  private static String update(String path) {
    return "path \"" + path + "\" { capabilities = [\"update\"] }\n";
  }

  private Path tokenWith(String policy) {
    String name = "check-" + ++policies;
    vault.call(
        "PUT",
        "sys/policies/acl/" + name,
        JsonNodeFactory.instance.objectNode().put("policy", policy).toString());
    String token =
        vault
            .call(
                "POST",
                "auth/token/create",
                "{\"policies\":[\"" + name + "\"],\"no_default_policy\":true}")
            .at("/auth/client_token")
            .asText();
    return Tools.secret(folder.resolve(name), token);
  }

  private List<Finding> check(String policy) {
    return check("kek", tokenWith(policy));
  }

  private List<Finding> check(String key, Path token) {
    return check(key, new VaultAuth.TokenFile(token));
  }

  private List<Finding> check(String key, VaultAuth auth) {
    return KekCheck.check(
        new KekConfig.Vault(
            vault.address(),
            "transit",
            key,
            null,
            auth,
            vault.caFile(),
            new KekLimits(
                4, 4, Duration.ofSeconds(10), Duration.ofSeconds(20), 2, Duration.ofSeconds(5))));
  }

  /** The severities in order, and what the one that is wrong says. */
  private static void assertFound(
      List<Finding> findings, int good, String code, String what, String toDo) {
    List<Finding> wrong = new ArrayList<>(findings);
    wrong.removeIf(finding -> finding.severity() == Finding.Severity.OK);
    assertEquals(good, findings.size() - wrong.size(), findings.toString());
    assertEquals(1, wrong.size(), findings.toString());
    Finding only = wrong.getFirst();
    assertEquals(Finding.Severity.ERROR, only.severity());
    assertTrue(only.what().contains(code), only.toString());
    assertTrue(only.what().contains(what), only.toString());
    assertTrue(only.toDo().contains(toDo), only.toString());
  }

  @Test
  void thePolicyOfTheGuideIsEnough() {
    List<Finding> findings = check(USE + ITSELF);
    assertEquals(6, findings.size(), findings.toString());
    for (Finding finding : findings) {
      assertEquals(Finding.Severity.OK, finding.severity(), finding.toString());
    }
  }

  @Test
  void withoutRenewalThatIsNamed() {
    assertFound(
        check(USE + LOOK_UP), 5, "may renew its token: no", "", "update on auth/token/renew-self");
  }

  @Test
  void aLoginNeedsToLookUpToRenewAndToGiveBackItsToken() {
    List<Finding> findings = checkAppRole(USE + ITSELF + REVOKE);
    assertEquals(7, findings.size(), findings.toString());
    for (Finding finding : findings) {
      assertEquals(Finding.Severity.OK, finding.severity(), finding.toString());
    }
    List<String> missing =
        checkAppRole(USE).stream()
            .filter(finding -> finding.severity() == Finding.Severity.ERROR)
            .map(Finding::toDo)
            .toList();
    assertEquals(3, missing.size(), missing.toString());
    assertTrue(missing.get(0).startsWith("allow read on auth/token/lookup-self"));
    assertTrue(missing.get(1).startsWith("allow update on auth/token/renew-self"));
    assertTrue(missing.get(2).startsWith("allow update on auth/token/revoke-self"));
  }

  @Test
  void whetherItMayRotateIsToldWhereVaultSaysIt() {
    String asks = update("sys/capabilities-self");
    String toDo = "; strongroom keys rotate needs update on transit/keys/kek/rotate";
    assertEquals("may rotate it: not known" + toDo, saidOfRotation(USE + ITSELF));
    assertEquals("may rotate it: no" + toDo, saidOfRotation(USE + ITSELF + asks));
    assertEquals(
        "may rotate it", saidOfRotation(USE + ITSELF + asks + update("transit/keys/kek/rotate")));
  }

  private String saidOfRotation(String policy) {
    Finding last = check(policy).getLast();
    assertEquals(Finding.Severity.OK, last.severity(), last.toString());
    return last.what().replace("the KEK of the backend vault ", "");
  }

  private List<Finding> checkAppRole(String policy) {
    String name = "role-" + ++policies;
    vault.call(
        "PUT",
        "sys/policies/acl/" + name,
        JsonNodeFactory.instance.objectNode().put("policy", policy).toString());
    vault.call(
        "POST",
        "auth/approle/role/" + name,
        "{\"token_policies\":[\"" + name + "\"],\"token_no_default_policy\":true}");
    String role =
        vault
            .call("GET", "auth/approle/role/" + name + "/role-id", "")
            .at("/data/role_id")
            .asText();
    String secret =
        vault
            .call("POST", "auth/approle/role/" + name + "/secret-id", "{}")
            .at("/data/secret_id")
            .asText();
    return check(
        "kek", new VaultAuth.AppRole(role, Tools.secret(folder.resolve(name), secret), "approle"));
  }

  @Test
  void withoutRewrapThatIsNamed() {
    assertFound(
        check(READ + ENCRYPT + DECRYPT + ITSELF),
        5,
        "kek-unusable",
        "transit/rewrap/kek",
        "allow update on transit/rewrap/kek");
  }

  @Test
  void aTokenThatReadsAloneMayNotWrap() {
    List<Finding> findings = check(READ + ITSELF);
    assertEquals(6, findings.size(), findings.toString());
    assertEquals(Finding.Severity.OK, findings.get(0).severity());
    Finding use = findings.get(1);
    assertEquals(Finding.Severity.ERROR, use.severity());
    assertTrue(use.what().contains("transit/encrypt/kek"), use.toString());
    assertTrue(use.toDo().contains("allow update on transit/encrypt/kek"), use.toString());
    assertEquals(Finding.Severity.ERROR, findings.get(2).severity());
  }

  @Test
  void withoutDecryptThatIsNamed() {
    Finding use = check(READ + ENCRYPT + REWRAP + ITSELF).get(1);
    assertEquals(Finding.Severity.ERROR, use.severity());
    assertTrue(use.what().contains("transit/decrypt/kek"), use.toString());
    assertTrue(use.toDo().contains("transit/decrypt/kek"), use.toString());
  }

  @Test
  void withoutReadThatIsNamed() {
    assertFound(
        check(ENCRYPT + DECRYPT + REWRAP + ITSELF),
        0,
        "kek-unusable",
        "transit/keys/kek",
        "allow read on transit/keys/kek");
  }

  @Test
  void aKeyThatIsNotDerivedOrNotThereIsSaidToBe() {
    String reads = "path \"transit/keys/*\" { capabilities = [\"read\"] }\n" + ITSELF;
    assertFound(check("plain", tokenWith(reads)), 0, "kek-unusable", "derived", "make the key as");
    assertFound(
        check("absent", tokenWith(reads)), 0, "kek-unusable", "transit/absent", "make the key as");
  }

  @Test
  void aTokenThatVaultDoesNotKnowIsSaidToBe() {
    Path token = Tools.secret(folder.resolve("unknown"), "hvs.unknown");
    assertFound(
        check("kek", token), 0, "key-backend-unavailable", "refuses the token in " + token, "");
  }
}
