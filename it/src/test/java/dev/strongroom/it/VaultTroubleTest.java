package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultBinary;
import dev.strongroom.testkit.kms.VaultServer;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.StageKek;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Vault is away in every manner that it knows, while grants are asked for. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VaultTroubleTest {
  private static final String POLICY =
      """
      {"policy": "path \\"transit/encrypt/kek\\" { capabilities = [\\"update\\"] }
      path \\"transit/decrypt/kek\\" { capabilities = [\\"update\\"] }
      path \\"transit/rewrap/kek\\" { capabilities = [\\"update\\"] }
      path \\"transit/keys/kek\\" { capabilities = [\\"read\\"] }
      path \\"auth/token/lookup-self\\" { capabilities = [\\"read\\"] }
      path \\"auth/token/renew-self\\" { capabilities = [\\"update\\"] }
      path \\"auth/token/revoke-self\\" { capabilities = [\\"update\\"] }"}
      """
          .replace("\n", " ");

  private static final String REFUSED =
      "\"event\":\"grant-trouble\",\"code\":\"key-backend-unavailable\"";

  private final VaultServer vault;
  private final OnStage on;

  VaultTroubleTest(@TempDir Path folder) {
    BackendTrouble.require(VaultBinary.missing());
    this.vault = VaultServer.start(folder);
    this.on = BackendTrouble.stage(kek(folder));
  }

  @AfterAll
  void close() {
    try {
      on.close();
    } finally {
      vault.close();
    }
  }

  private StageKek kek(Path folder) {
    vault.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
    vault.call("POST", "transit/keys/kek", "{\"type\":\"aes256-gcm96\",\"derived\":true}");
    vault.call("PUT", "sys/policies/acl/strongroom", POLICY);
    vault.call("POST", "sys/auth/approle", "{\"type\":\"approle\"}");
    vault.call(
        "POST",
        "auth/approle/role/strongroom",
        "{\"token_policies\":\"strongroom\",\"token_no_default_policy\":true,\"token_ttl\":\"20m\"}");
    String roleId =
        vault.call("GET", "auth/approle/role/strongroom/role-id", "").at("/data/role_id").asText();
    Path secretId =
        Tools.secret(
            folder.resolve("secret-id"),
            vault
                .call("POST", "auth/approle/role/strongroom/secret-id", "{}")
                .at("/data/secret_id")
                .asText());
    return new StageKek(
        """
        kek:
          vault:
            address: %s
            key: kek
            caFile: %s
            auth: {appRole: {roleId: %s, secretIdFile: %s}}
            limits: {attemptTimeout: 1s, callTimeout: 3s, restFor: 1s}
        """
            .formatted(vault.address(), vault.caFile(), roleId, secretId),
        Map.of());
  }

  @Test
  void aVaultThatIsAwayUnderLoadIsUsedAgainAndEveryRequestIsAnswered() throws IOException {
    try (BackendTrouble trouble = BackendTrouble.on(on, "vault")) {
      trouble.away("killed and started again", vault::kill, vault::restart);
      trouble.away("sealed and unsealed", vault::seal, vault::unseal);
      trouble.away("suspended", vault::suspend, vault::resume);
      for (int round = 0; round < 3; round++) {
        trouble.moment(
            "token revoked",
            () -> vault.call("PUT", "sys/leases/revoke-prefix/auth/approle/login", ""));
      }
      // Vault tells of its quotas in headers when it is told to, and the service passes it on.
      vault.call("POST", "sys/quotas/config", "{\"enable_rate_limit_response_headers\":true}");
      trouble.away("quota used up", () -> vault.throttle("transit/"), vault::unthrottle);
      trouble.assertEveryAnswer();
      assertTrue(
          trouble.askers().answers().stream()
              .anyMatch(answer ->
                  answer.code().equals(ProblemCode.KEY_BACKEND_THROTTLED.wireName())
                      && answer.retryAfter().equals("30")),
          "Vault's Retry-After is passed on, as far as a caller should wait");
    }
  }

  /** Who starts while the backend is away waits, and ends when it is back. */
  @Test
  void deliveriesAndAPublicationThatStartWhileVaultIsAwayEndWhenItIsBack() throws IOException {
    Path model = SampleModel.small(on.path("troubled"));
    try (Management management = new Management(on.stage());
        Workload one = workload("waiting-init");
        Workload other = workload("waiting-sidecar")) {
      vault.seal();
      double before = drafts(management);
      try (ChildProcess init = one.startInit();
          ChildProcess sidecar = other.startSidecar();
          ChildProcess publish = publish(model)) {
        init.awaitLine(REFUSED, Await.LIMIT);
        sidecar.awaitLine(REFUSED, Await.LIMIT);
        Await.untilTrue(Await.LIMIT, "a draft to be refused", () -> drafts(management) > before);
        assertTrue(init.isAlive() && sidecar.isAlive() && publish.isAlive(), "all three wait");
        vault.unseal();
        assertEquals(0, init.awaitExit(Await.LIMIT), () -> init.output().toString());
        SampleModel.assertDelivered(model, one.target());
        sidecar.awaitLine("\"event\":\"ready\"", Await.LIMIT);
        SampleModel.assertDelivered(model, other.target());
        assertEquals(0, publish.awaitExit(Await.LIMIT), () -> publish.output().toString());
      }
    }
  }

  private Workload workload(String name) {
    return on.stage().workload(name, Stage.INFERENCE, BackendTrouble.MODEL, "1");
  }

  private ChildProcess publish(Path model) {
    return on.stage()
        .start(
            Stage.PUBLISHER,
            "publish",
            model.toString(),
            "--model",
            "acme/while-away",
            "--version",
            "1",
            "--key",
            on.stage().publisherKey().toString());
  }

  private static double drafts(Management management) {
    return management.metric("strongroom_http_answers_seconds_count", "route=\"POST /v1/drafts\"");
  }
}
