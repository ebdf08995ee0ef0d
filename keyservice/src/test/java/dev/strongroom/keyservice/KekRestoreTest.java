package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultBinary;
import dev.strongroom.testkit.kms.VaultServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A KEK that comes back from a backup while the service serves. */
@Timeout(240)
final class KekRestoreTest {
  private static final String ADMIN = "admin";
  private static final String ADMINISTRATORS =
      "administrators:\n  - {issuer: %s, subject: %s}\n".formatted(TestService.ISSUER, ADMIN);

  @TempDir private Path folder;

  @Test
  void aVaultFromBeforeTheStoreIsNoticedAndMendedByTheRightBackup() throws Exception {
    require(VaultBinary.missing());
    try (VaultServer vault = VaultServer.start(Files.createDirectory(folder.resolve("vault")));
        TestService service = TestService.start(folder, ADMINISTRATORS + inVault(vault))) {
      PublishedModel model = PublishedModel.publish(service, "acme/chat", "v1");
      TestCaller admin = TestCaller.of(service, ADMIN);
      var _ = vault.cli("operator", "raft", "snapshot", "save", snapshot("old"));
      assertEquals(200, admin.post("/v1/keys/rotate").statusCode());
      assertEquals("done", rewrapped(admin).path("state").asText());
      assertEquals(200, service.management("/readyz").statusCode());
      var _ = vault.cli("operator", "raft", "snapshot", "save", snapshot("new"));

      restore(vault, "old");
      JsonNode keys = read(admin.get("/v1/keys"));
      assertEquals("1", keys.at("/kek/newestVersion").asText(), keys::toString);
      assertEquals("2", keys.at("/missing/0/version").asText(), keys::toString);
      assertEquals(1, keys.at("/missing/0/count").asInt());
      assertLost(admin.post("/v1/keys/rotate"));
      assertLost(admin.post("/v1/keys/rewrap"));
      HttpResponse<String> unready = service.management("/readyz");
      while (unready.statusCode() == 200) {
        unready = service.management("/readyz");
      }
      // Said by counts, or by a data key that does not open where none was tried yet.
      String why = read(unready, 503).at("/reasons/keyBackend.vault/message").asText();
      assertTrue(why.contains("version 2") && why.contains("does not have"), unready.body());
      assertEquals("1", read(admin.get("/v1/keys")).at("/kek/newestVersion").asText());

      Problem refused = assertThrows(Problem.class, service::restart);
      assertEquals(ProblemCode.KEK_NOT_CONFIGURED, refused.code());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("it does not have version 2. Restore it"),
          refused.getMessage());

      restore(vault, "new");
      service.restart();
      admin = TestCaller.of(service, ADMIN);
      while (service.management("/readyz").statusCode() != 200) {
        Thread.onSpinWait();
      }
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        HttpResponse<String> granted = workload.ask(model.target());
        // A Vault that was restored a moment ago may still be busy with itself.
        while (granted.statusCode() == 503) {
          granted = workload.ask(model.target());
        }
        assertEquals(200, granted.statusCode(), granted.body());
      }
      JsonNode mended = read(admin.get("/v1/keys"));
      assertEquals("2", mended.at("/kek/newestVersion").asText(), mended::toString);
      assertEquals(0, mended.path("missing").size(), mended::toString);
    }
  }

  private static void assertLost(HttpResponse<String> answer) throws Exception {
    JsonNode problem = read(answer, 503);
    assertEquals("kek-unusable", problem.path("code").asText(), answer.body());
    assertTrue(
        problem.path("detail").asText().startsWith("1 data key names version 2 of the KEK"),
        answer.body());
  }

  private String snapshot(String name) {
    return folder.resolve(name + ".snap").toString();
  }

  private void restore(VaultServer vault, String name) {
    var _ = vault.cli("operator", "raft", "snapshot", "restore", snapshot(name));
  }

  private static JsonNode rewrapped(TestCaller admin) throws Exception {
    JsonNode rewrap = read(admin.post("/v1/keys/rewrap"));
    while (rewrap.path("state").asText().equals("running")) {
      rewrap = read(admin.get("/v1/keys")).path("rewrap");
    }
    return rewrap;
  }

  private static JsonNode read(HttpResponse<String> answer) throws Exception {
    return read(answer, 200);
  }

  private static JsonNode read(HttpResponse<String> answer, int status) throws Exception {
    assertEquals(status, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }

  private String inVault(VaultServer vault) {
    vault.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
    vault.call("POST", "transit/keys/strongroom", "{\"type\":\"aes256-gcm96\",\"derived\":true}");
    Path token = folder.resolve("vault-token");
    Tools.secret(token, vault.rootToken() + "\n");
    return "kek: {vault: {address: %s, key: strongroom, caFile: %s, auth: {tokenFile: %s}}}%n"
        .formatted(vault.address(), vault.caFile(), token);
  }

  private static void require(Optional<String> missing) {
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }
}
