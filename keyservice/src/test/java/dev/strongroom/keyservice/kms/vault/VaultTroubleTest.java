package dev.strongroom.keyservice.kms.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of calls while a real Vault is away, sealed, or ends the service's token. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VaultTroubleTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int CALLERS = 8;
  private static final WrapContext CONTEXT =
      new WrapContext(ModelVersion.parse("acme/chat:3"), DataKeyId.random(RANDOM), null);

  private final VaultStage stage;
  private final SecretBytes key = SecretBytes.random(32, RANDOM);

  VaultTroubleTest(@TempDir Path folder) {
    this.stage = VaultStage.start(folder);
  }

  @AfterAll
  void stop() {
    stage.close();
  }

  @Test
  void aVaultThatIsKilledAndStartedAgainIsUsedAgain() {
    try (Running running = running(stage.newAppRole(Duration.ofMinutes(5)))) {
      running.load().awaitSuccesses(50);
      stage.server().kill();
      running.load().awaitFailures(20);
      stage.server().restart();
      running.load().awaitSuccesses(50);
      running.assertNothingBut(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    }
  }

  @Test
  void aVaultThatIsSealedAndUnsealedIsUsedAgain() {
    try (Running running = running(stage.newAppRole(Duration.ofMinutes(5)))) {
      for (int round = 0; round < 3; round++) {
        running.load().awaitSuccesses(50);
        stage.server().seal();
        running.load().awaitFailures(20);
        stage.server().unseal();
      }
      running.load().awaitSuccesses(50);
      running.assertNothingBut(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    }
  }

  @Test
  void tokensThatCanBeRenewedAreNoTroubleToCallers() {
    try (Running running =
        running(stage.newAppRole("\"token_ttl\":\"1s\",\"token_max_ttl\":\"3s\""))) {
      awaitLogins(running, 3);
      assertEquals(Map.of(), running.load().refusals());
    }
  }

  @Test
  void aTokenIsRenewedWhileItMayBe() {
    Set<String> before = accessors();
    VaultAuth auth = stage.newAppRole("\"token_ttl\":\"2s\",\"token_max_ttl\":\"1h\"");
    try (Running running = running(auth)) {
      Set<String> made = accessors();
      made.removeAll(before);
      String accessor = "{\"accessor\":\"" + made.iterator().next() + "\"}";
      JsonNode token;
      do {
        running.load().awaitSuccesses(1);
        token = stage.server().call("POST", "auth/token/lookup-accessor", accessor);
      } while (token.at("/data/last_renewal").isMissingNode());
      assertEquals(1, running.wrapper().logins());
      assertEquals(Map.of(), running.load().refusals());
    }
  }

  @Test
  void tokensThatCannotBeRenewedAreReplacedBeforeTheyEnd() {
    try (Running running =
        running(
            stage.newAppRole(
                "\"token_ttl\":\"2s\",\"token_max_ttl\":\"2s\",\"token_type\":\"batch\""))) {
      awaitLogins(running, 3);
      assertEquals(Map.of(), running.load().refusals());
    }
  }

  @Test
  void aTokenThatIsRevokedIsReplacedWithoutTheCallersNotice() {
    try (Running running = running(stage.newAppRole(Duration.ofMinutes(5)))) {
      for (int round = 0; round < 5; round++) {
        running.load().awaitSuccesses(20);
        stage.server().call("PUT", "sys/leases/revoke-prefix/auth/approle/login", "");
      }
      running.load().awaitSuccesses(20);
      assertEquals(Map.of(), running.load().refusals());
    }
  }

  @Test
  void aRoleThatIsTakenAwayIsUnavailableUntilItIsThereAgain() {
    VaultAuth.AppRole role = stage.newAppRole(Duration.ofMinutes(5));
    try (Running running = running(role)) {
      running.load().awaitSuccesses(20);
      stage.server().call("DELETE", "sys/auth/approle", "");
      running.load().awaitFailures(20);
      stage.server().call("POST", "sys/auth/approle", "{\"type\":\"approle\"}");
      String name = stage.fresh("role");
      stage
          .server()
          .call(
              "POST",
              "auth/approle/role/" + name,
              "{\"token_policies\":\"strongroom\",\"role_id\":\"" + role.roleId() + "\"}");
      JsonNode secret =
          stage.server().call("POST", "auth/approle/role/" + name + "/secret-id", "{}");
      stage.secretFile(
          String.valueOf(role.secretIdFile().getFileName()), secret.at("/data/secret_id").asText());
      running.load().awaitSuccesses(20);
      running.assertNothingBut(ProblemCode.KEY_BACKEND_UNAVAILABLE);
    }
  }

  @Test
  void aPolicyThatRefusesIsNotTakenForADeadToken() {
    VaultAuth auth = stage.newAppRoleOf("other", "\"token_ttl\":\"5m\"");
    stage
        .server()
        .call(
            "PUT",
            "sys/policies/acl/other",
            VaultStage.json("policy", "path \"transit/keys/*\" { capabilities = [\"read\"] }"));
    Set<String> before = accessors();
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(stage.newKey(), auth))) {
      for (int i = 0; i < 5; i++) {
        Problem problem = assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT));
        assertEquals(ProblemCode.KEK_UNUSABLE, problem.code());
        assertTrue(String.valueOf(problem.getMessage()).contains("policy"), problem::getMessage);
      }
      Set<String> made = accessors();
      made.removeAll(before);
      assertEquals(1, made.size());
    }
  }

  @Test
  void aServiceMayStartBeforeVaultDoes() {
    String name = stage.newKey();
    VaultAuth auth = stage.newAppRole(Duration.ofMinutes(5));
    stage.server().seal();
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(name, auth))) {
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
      stage.server().unseal();
      WrappedKey wrapped = awaitWrapped(wrapper);
      try (SecretBytes again = wrapper.unwrap(wrapped, CONTEXT)) {
        assertTrue(key.use(again::sameAs));
      }
    }
  }

  @Test
  void aVaultThatThePinnedAuthorityDoesNotVouchForIsNotUsed() {
    Path strange = SelfSignedKeyStore.in(stage.newFolder()).certificate();
    KekConfig.Vault right = stage.config(stage.newKey(), stage.newAppRole(Duration.ofMinutes(5)));
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(withCaFile(right, strange))) {
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
      assertEquals(0, wrapper.logins());
    }
    try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(withCaFile(right, null))) {
      assertEquals(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          assertThrows(Problem.class, () -> wrapper.wrap(key, CONTEXT)).code());
      assertEquals(0, wrapper.logins());
    }
    KekConfig.Vault absent = withCaFile(right, stage.folder().resolve("vault.hcl"));
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> VaultKeyWrapper.open(absent)).code());
  }

  private static KekConfig.Vault withCaFile(KekConfig.Vault config, @Nullable Path caFile) {
    return new KekConfig.Vault(
        config.address(),
        config.mount(),
        config.key(),
        config.namespace(),
        config.auth(),
        caFile,
        config.limits());
  }

  @Test
  void theTokenIsGivenBackAtTheEnd() {
    VaultAuth auth = stage.newAppRole(Duration.ofMinutes(5));
    Set<String> before = accessors();
    VaultKeyWrapper.open(stage.config(stage.newKey(), auth)).close();
    assertEquals(before, accessors());
  }

  // After a failed login the next one waits a moment: a caller that comes too early asks again.
  private WrappedKey awaitWrapped(VaultKeyWrapper wrapper) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try {
        return wrapper.wrap(key, CONTEXT);
      } catch (Problem e) {
        assertEquals(ProblemCode.KEY_BACKEND_UNAVAILABLE, e.code());
        assertTrue(System.nanoTime() < deadline, e::getMessage);
      }
    }
  }

  private void awaitLogins(Running running, int logins) {
    while (running.wrapper().logins() < logins) {
      running.load().awaitSuccesses(1);
    }
  }

  private Set<String> accessors() {
    Set<String> accessors = new HashSet<>();
    stage
        .server()
        .call("GET", "auth/token/accessors?list=true", "")
        .at("/data/keys")
        .forEach(accessor -> accessors.add(accessor.asText()));
    return accessors;
  }

  private Running running(VaultAuth auth) {
    VaultKeyWrapper wrapper = VaultKeyWrapper.open(stage.config(stage.newKey(), auth));
    WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
    return new Running(wrapper, new UnwrapLoad(CALLERS, wrapper, wrapped, CONTEXT, key));
  }

  private record Running(VaultKeyWrapper wrapper, UnwrapLoad load) implements AutoCloseable {
    void assertNothingBut(ProblemCode code) {
      assertEquals(Set.of(code), load.refusals().keySet(), () -> load.refusals().toString());
    }

    @Override
    public void close() {
      load.close();
      wrapper.close();
    }
  }
}
