package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.identity.SettableClock;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rotation, rewrapping and the end of a KEK in a real Vault, and which keys are refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VaultLifeCycleTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);
  private static final WrapContext OTHER =
      new WrapContext(ModelVersion.parse("acme/chat:4"), DataKeyId.random(RANDOM), null);

  private final VaultStage stage;
  private final VaultAuth auth;
  private final SecretBytes key = SecretBytes.random(32, RANDOM);

  VaultLifeCycleTest(@TempDir Path folder) {
    this.stage = VaultStage.start(folder);
    this.auth = stage.newAppRole(Duration.ofMinutes(10));
  }

  @AfterAll
  void stop() {
    stage.close();
  }

  @Test
  void vaultsOwnCommandOpensWhatWeWrap() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      String plaintext =
          stage
              .server()
              .cli(
                  "write",
                  "-field=plaintext",
                  "transit/decrypt/" + name,
                  "ciphertext=" + text(wrapped),
                  "context=" + Base64.getEncoder().encodeToString(CONTEXT.bytes()));
      assertTrue(key.sameAs(Base64.getDecoder().decode(plaintext.strip())));
    }
  }

  @Test
  void weOpenWhatVaultsOwnCommandWraps() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      String ciphertext =
          key.use(bytes ->
              stage
                  .server()
                  .cli(
                      "write",
                      "-field=ciphertext",
                      "transit/encrypt/" + name,
                      "plaintext=" + Base64.getEncoder().encodeToString(bytes),
                      "context=" + Base64.getEncoder().encodeToString(CONTEXT.bytes())));
      WrappedKey wrapped =
          new WrappedKey(
              "vault",
              "transit/" + name,
              "1",
              Blob.of(ciphertext.strip().getBytes(StandardCharsets.US_ASCII)));
      assertUnwraps(wrapper, wrapped);
    }
  }

  @Test
  void aKeyThatIsRotatedInVaultIsUsedFromThenOn() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      assertEquals("1", old.kekVersion());
      stage.server().call("POST", "transit/keys/" + name + "/rotate", "{}");
      WrappedKey fresh = wrapper.wrap(key, CONTEXT);
      assertEquals("2", fresh.kekVersion());
      assertUnwraps(wrapper, old);
      assertUnwraps(wrapper, fresh);
    }
  }

  @Test
  void rewrappingKeepsTheKeyAndItsContext() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      stage.server().call("POST", "transit/keys/" + name + "/rotate", "{}");
      assertFails(() -> wrapper.rewrap(old, OTHER));
      WrappedKey fresh = wrapper.rewrap(old, CONTEXT);
      assertEquals("2", fresh.kekVersion());
      assertNotEquals(old.ciphertext(), fresh.ciphertext());
      assertUnwraps(wrapper, fresh);
      assertFails(() -> wrapper.unwrap(fresh, OTHER).close());
    }
  }

  @Test
  void aVersionBelowTheLeastUnwrapsNothingMore() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      stage.server().call("POST", "transit/keys/" + name + "/rotate", "{}");
      WrappedKey fresh = wrapper.rewrap(old, CONTEXT);
      stage
          .server()
          .call("POST", "transit/keys/" + name + "/config", "{\"min_decryption_version\":2}");
      Problem problem = assertUnusable(() -> wrapper.unwrap(old, CONTEXT).close());
      assertTrue(
          String.valueOf(problem.getMessage()).contains("min_decryption_version"),
          problem::getMessage);
      assertUnusable(() -> wrapper.rewrap(old, CONTEXT));
      assertEquals(List.of("2"), wrapper.status().versions());
      assertUnwraps(wrapper, fresh);
    }
  }

  @Test
  void aKeyThatIsDestroyedUnwrapsNothingAndIsNotMadeAnew() {
    String name = stage.newKey();
    stage.server().call("POST", "transit/keys/" + name + "/config", "{\"deletion_allowed\":true}");
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      stage.server().call("DELETE", "transit/keys/" + name, "");
      Problem problem = assertUnusable(() -> wrapper.unwrap(wrapped, CONTEXT).close());
      assertTrue(
          String.valueOf(problem.getMessage()).contains("does not exist"), problem::getMessage);
      assertUnusable(() -> wrapper.wrap(key, CONTEXT));
      assertUnusable(() -> wrapper.unwrap(wrapped, CONTEXT).close());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"aes256-gcm96\"}|not derived",
        "{\"type\":\"aes128-gcm96\",\"derived\":true}|aes128-gcm96",
        "{\"type\":\"chacha20-poly1305\",\"derived\":true}|chacha20-poly1305",
        "{\"type\":\"rsa-2048\"}|rsa-2048",
        "{\"derived\":true,\"exportable\":true}|exportable",
        "{\"derived\":true,\"allow_plaintext_backup\":true}|plaintext backups",
        "{\"derived\":true,\"convergent_encryption\":true}|convergent"
      })
  void keysThatBindNothingOrMayLeaveAreRefused(String settings, String why) {
    String name = stage.fresh("kek");
    stage.server().call("POST", "transit/keys/" + name, settings);
    Problem problem = assertThrows(Problem.class, () -> open(name).close());
    assertEquals(ProblemCode.KEK_UNUSABLE, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains(why), problem::getMessage);
  }

  @Test
  void aKeyThatBecomesExportableIsRefusedAtTheNextLook() {
    String name = stage.newKey();
    SettableClock clock = new SettableClock(Instant.now());
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(name, auth), clock)) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      stage.server().call("POST", "transit/keys/" + name + "/config", "{\"exportable\":true}");
      clock.advance(Duration.ofMinutes(6));
      for (int i = 0; i < 2; i++) {
        assertEquals(
            ProblemCode.KEK_UNUSABLE,
            assertThrows(Problem.class, () -> wrapper.unwrap(wrapped, CONTEXT)).code());
      }
    }
  }

  @Test
  void aKeyThatIsNotThereIsNotUsed() {
    assertUnusable(() -> open("no-such-key"));
  }

  @Test
  void aServiceThatMayNotRotateSaysWhoMay() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      Problem problem = assertThrows(Problem.class, wrapper::rotate);
      assertEquals(ProblemCode.KEK_ROTATION_UNSUPPORTED, problem.code());
      assertTrue(
          String.valueOf(problem.getMessage()).contains("transit/keys/" + name + "/rotate"),
          problem::getMessage);
      assertEquals("1", wrapper.status().newestVersion());
    }
  }

  @Test
  void anErasedVersionOpensNothingWhateverIsConfiguredLater() {
    String name = stage.newKey();
    stage
        .server()
        .call(
            "PUT",
            "sys/policies/acl/eraser",
            VaultStage.json(
                "policy",
                """
                path "transit/+/*" { capabilities = ["read", "update"] }
                path "auth/token/+" { capabilities = ["read", "update"] }
                """));
    VaultAuth eraser = stage.newAppRoleOf("eraser", "\"token_ttl\":\"600s\"");
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(name, eraser))) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      var _ = wrapper.rotate();
      WrappedKey kept = wrapper.rewrap(old, CONTEXT);
      var _ = wrapper.rotate();
      // Shut out is not gone: who may lower the bound opens it again.
      String _ =
          stage
              .server()
              .cli("write", "transit/keys/" + name + "/config", "min_decryption_version=2");
      assertUnusable(() -> wrapper.unwrap(old, CONTEXT).close());
      assertEquals(Optional.empty(), wrapper.gone("1"));
      wrapper.destroy("1");
      assertTrue(wrapper.gone("1").orElseThrow().contains("snapshots"));
      assertEquals(Optional.empty(), wrapper.gone("2"));
      assertErased(wrapper, name, old, kept);
    }
  }

  @Test
  void aWholeKeyIsDeletedWhereItAndTheTokenAllowIt() {
    String name = stage.newKey();
    stage
        .server()
        .call(
            "PUT",
            "sys/policies/acl/deleter",
            VaultStage.json(
                "policy",
                """
                path "transit/+/*" { capabilities = ["read", "update", "delete"] }
                path "auth/token/+" { capabilities = ["read", "update"] }
                """));
    VaultAuth deleter = stage.newAppRoleOf("deleter", "\"token_ttl\":\"600s\"");
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(name, deleter));
        VaultKeyWrapper other = open(name)) {
      Problem refused = assertThrows(Problem.class, () -> wrapper.destroy(""));
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains("vault delete"));
      String _ =
          stage.server().cli("write", "transit/keys/" + name + "/config", "deletion_allowed=true");
      assertEquals(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          assertThrows(Problem.class, () -> other.destroy("")).code(),
          "its token may not");
      assertEquals(Optional.empty(), wrapper.gone(""));
      wrapper.destroy("");
      assertTrue(wrapper.gone("").orElseThrow().contains("snapshots"));
      assertTrue(other.gone("").isPresent(), "whoever did it");
    }
  }

  private void assertErased(VaultKeyWrapper wrapper, String name, WrappedKey old, WrappedKey kept) {
    assertEquals(List.of("2", "3"), wrapper.status().versions());
    assertUnusable(() -> wrapper.unwrap(old, CONTEXT).close());
    assertUnwraps(wrapper, kept);
    // An administrator who lowers the bound does not bring it back: the version is trimmed.
    assertThrows(
        RuntimeException.class,
        () ->
            stage
                .server()
                .cli("write", "transit/keys/" + name + "/config", "min_decryption_version=1"));
  }

  @Test
  void aServiceThatMayNotEraseSaysWithWhichCommands() {
    String name = stage.newKey();
    try (VaultKeyWrapper wrapper = open(name)) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      stage.server().call("POST", "transit/keys/" + name + "/rotate", "{}");
      WrappedKey kept = wrapper.rewrap(old, CONTEXT);
      stage.server().call("POST", "transit/keys/" + name + "/rotate", "{}");
      Problem problem = assertThrows(Problem.class, () -> wrapper.destroy("1"));
      assertEquals(ProblemCode.KEK_ERASE_UNSUPPORTED, problem.code());
      assertUnwraps(wrapper, old);
      List<String> commands =
          Pattern.compile("'vault ([^']+)'")
              .matcher(String.valueOf(problem.getMessage()))
              .results()
              .map(found -> found.group(1))
              .toList();
      assertEquals(2, commands.size());
      commands.forEach(command -> stage.server().cli(command.split(" ")));
      assertErased(wrapper, name, old, kept);
      assertEquals(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          assertThrows(Problem.class, () -> wrapper.destroy("")).code());
    }
  }

  private VaultKeyWrapper open(String name) {
    return VaultKeyWrapper.open(stage.config(name, auth));
  }

  private void assertUnwraps(VaultKeyWrapper wrapper, WrappedKey wrapped) {
    try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
      assertTrue(key.use(again::sameAs));
    }
  }

  private static Problem assertUnusable(Runnable call) {
    Problem problem = assertThrows(Problem.class, call::run);
    assertEquals(ProblemCode.KEK_UNUSABLE, problem.code());
    return problem;
  }

  private static Problem assertFails(Runnable call) {
    Problem problem = assertThrows(Problem.class, call::run);
    assertEquals(ProblemCode.KEY_UNWRAP_FAILED, problem.code());
    return problem;
  }

  private static String text(WrappedKey wrapped) {
    return new String(wrapped.ciphertext().bytes(), StandardCharsets.US_ASCII);
  }
}
