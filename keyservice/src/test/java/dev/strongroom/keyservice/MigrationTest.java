package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.kms.pkcs11.broker.TokenKeysMain;
import dev.strongroom.testkit.kms.NssToken;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.kms.VaultBinary;
import dev.strongroom.testkit.kms.VaultServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Data keys move from one backend to another while the service serves. */
@Timeout(240)
final class MigrationTest {
  private static final String ADMIN = "admin";
  private static final String ADMINISTRATORS =
      "administrators:\n  - {issuer: %s, subject: %s}\n".formatted(TestService.ISSUER, ADMIN);
  private static final String FILE = "kek: {tink: {keysetFile: data/kek.json}}\n";

  private final Map<String, TestToken> tokens = new HashMap<>();
  @TempDir private Path folder;

  @Test
  void fromAFileToAnHsmWhileGrantsGoOn() throws Exception {
    require(NssToken.missing());
    String hsm = hsm();
    try (TestService service = TestService.start(folder, ADMINISTRATORS + FILE)) {
      List<PublishedModel> models = publish(service);
      migrate(service, models, FILE, "kek: " + hsm, "{tink: {keysetFile: data/kek.json}}");
      Files.delete(service.dataDir().resolve("kek.json"));
      service.restart();
      assertAllGranted(service, models);
    }
  }

  @Test
  void fromAnHsmToVaultAndBackToAFileThatIsMadeForIt() throws Exception {
    require(NssToken.missing().or(VaultBinary::missing));
    String hsm = hsm();
    try (VaultServer vault = VaultServer.start(Files.createDirectory(folder.resolve("vault")));
        TestService service = TestService.start(folder, ADMINISTRATORS + "kek: " + hsm)) {
      String inVault = inVault(vault);
      List<PublishedModel> models = publish(service);
      migrate(service, models, "kek: " + hsm, "kek: " + inVault, hsm.strip());
      migrate(service, models, "kek: " + inVault, FILE, inVault.strip());
      assertTrue(Files.exists(service.dataDir().resolve("kek.json")));
    }
  }

  @Test
  void fromOneKeysetFileToAnother() throws Exception {
    String other = "kek: {tink: {keysetFile: data/other.json}}\n";
    try (TestService service = TestService.start(folder, ADMINISTRATORS + FILE)) {
      migrate(service, publish(service), FILE, other, "{tink: {keysetFile: data/kek.json}}");
    }
  }

  @Test
  void aStartWithoutAFormerKekThatIsStillNeededIsRefused() throws Exception {
    require(NssToken.missing());
    String hsm = hsm();
    try (TestService service = TestService.start(folder, ADMINISTRATORS + FILE)) {
      List<PublishedModel> models = publish(service);
      Problem refused = assertThrows(Problem.class, () -> service.restart(FILE, "kek: " + hsm));
      assertEquals(ProblemCode.KEK_NOT_CONFIGURED, refused.code());
      assertTrue(
          String.valueOf(refused.getMessage()).startsWith(models.size() + " data keys are under"),
          refused.getMessage());
      service.restart("kek: " + hsm, FILE);
      assertAllGranted(service, models);
    }
  }

  @Test
  void anotherKekOfTheSameNameIsFoundBeforeGrantsBegin() throws Exception {
    require(NssToken.missing());
    String hsm = "kek: " + hsm();
    String other = "kek: " + hsm("another");
    try (TestService service = TestService.start(folder, ADMINISTRATORS + hsm)) {
      List<PublishedModel> models = publish(service);
      Problem refused = assertThrows(Problem.class, () -> service.restart(hsm, other));
      assertEquals(ProblemCode.KEK_NOT_CONFIGURED, refused.code());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("another KEK of the same name"),
          refused.getMessage());
      service.restart(other, hsm);
      assertAllGranted(service, models);
    }
  }

  @Test
  void anotherTokenThatLacksTheVersionIsNeverReady() throws Exception {
    require(NssToken.missing());
    String hsm = "kek: " + hsm("nss", "upTo=2");
    String other = "kek: " + hsm("another");
    try (TestService service = TestService.start(folder, ADMINISTRATORS + hsm)) {
      List<PublishedModel> models = publish(service);
      service.restart(hsm, other);
      assertUnready(service, "has no version 2 of the KEK any more");
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(503, workload.ask(models.getFirst().target()).statusCode());
      }
      assertUnready(service, "has no version 2 of the KEK any more");
      service.restart(other, hsm);
      assertEquals(200, service.management("/readyz").statusCode());
      assertAllGranted(service, models);
    }
  }

  @Test
  void aTokenThatLostOneOfItsVersionsIsNotReady() throws Exception {
    require(NssToken.missing());
    String hsm = "kek: " + hsm();
    try (TestService service = TestService.start(folder, ADMINISTRATORS + hsm)) {
      PublishedModel first = PublishedModel.publish(service, "acme/chat", "first");
      read(TestCaller.of(service, ADMIN).post("/v1/keys/rotate"));
      PublishedModel.publish(service, "acme/chat", "second");
      var _ = hsm("nss", "destroy", "strongroom-kek.2");
      service.restart();
      assertUnready(service, "1 data keys are under version 2 of the KEK strongroom-kek");
      assertAllGranted(service, List.of(first));
    }
  }

  @Test
  void aFormerKekThatIsAwayIsToldApartAndHurtsOnlyWhatIsUnderIt() throws Exception {
    require(VaultBinary.missing());
    try (VaultServer vault = VaultServer.start(Files.createDirectory(folder.resolve("vault")));
        TestService service =
            TestService.start(folder, ADMINISTRATORS + "kek: " + inVault(vault))) {
      PublishedModel old = PublishedModel.publish(service, "acme/chat", "old");
      String kek = "kek: " + inVault(vault);
      service.restart(kek, FILE + "formerKeks: [" + inVault(vault).strip() + "]\n");
      PublishedModel fresh = PublishedModel.publish(service, "acme/chat", "fresh");
      vault.kill();
      JsonNode ready = unready(service);
      assertEquals("ok", ready.at("/checks/keyBackend.tink").asText(), ready::toString);
      assertEquals("failed", ready.at("/checks/keyBackend.vault.former").asText());
      JsonNode keys = keys(service);
      assertEquals(
          "key-backend-unavailable", keys.at("/formerKeks/0/trouble").asText(), keys::toString);
      assertEquals(1, keys.at("/formerKeks/0/dataKeys").asInt());
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(fresh.target()).statusCode());
        assertEquals(503, workload.ask(old.target()).statusCode());
      }
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals("running", read(admin.post("/v1/keys/migrate")).path("state").asText());
      vault.restart();
      assertEquals("done", untilEnd(service).path("state").asText());
      assertTrue(keys(service).at("/formerKeks/0/removable").asBoolean());
      vault.kill();
      assertEquals(200, service.management("/readyz").statusCode(), "nobody misses it any more");
      assertAllGranted(service, List.of(old, fresh));
    }
  }

  /** Deleted by an administrator, or by a service whose log was away for its end. */
  @Test
  void aFormerKekThatIsGoneFromVaultStopsNoRestartAndIsRecorded() throws Exception {
    require(VaultBinary.missing());
    try (VaultServer vault = VaultServer.start(Files.createDirectory(folder.resolve("vault")));
        TestService service =
            TestService.start(folder, ADMINISTRATORS + "kek: " + inVault(vault))) {
      PublishedModel model = PublishedModel.publish(service, "acme/chat", "1");
      String kek = "kek: " + inVault(vault);
      service.restart(kek, FILE + "formerKeks: [" + inVault(vault).strip() + "]\n");
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals("running", read(admin.post("/v1/keys/migrate")).path("state").asText());
      assertEquals("done", untilEnd(service).path("state").asText());
      vault.cli("write", "transit/keys/strongroom/config", "deletion_allowed=true");
      vault.cli("delete", "transit/keys/strongroom");
      service.restart();
      assertEquals(200, service.management("/readyz").statusCode());
      assertAllGranted(service, List.of(model));
      assertGoneIsRecorded(service, new Kek("vault", "transit/strongroom"));
    }
  }

  @Test
  void aFormerKeysetThatIsGoneStopsNoRestartAndIsRecorded() throws Exception {
    String other = "kek: {tink: {keysetFile: data/other.json}}\n";
    try (TestService service = TestService.start(folder, ADMINISTRATORS + FILE)) {
      PublishedModel model = PublishedModel.publish(service, "acme/chat", "1");
      service.restart(FILE, other + "formerKeks: [{tink: {keysetFile: data/kek.json}}]\n");
      Path kek = service.dataDir().resolve("kek.json");
      Path away = Files.move(kek, folder.resolve("kek.json"));
      assertEquals(
          ProblemCode.KEY_FILE_MISSING,
          assertThrows(Problem.class, service::restart).code(),
          "the version is under it");
      Files.move(away, kek);
      service.restart();
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals("running", read(admin.post("/v1/keys/migrate")).path("state").asText());
      assertEquals("done", untilEnd(service).path("state").asText());
      Files.delete(kek);
      service.restart();
      assertEquals(200, service.management("/readyz").statusCode());
      assertAllGranted(service, List.of(model));
      assertGoneIsRecorded(service, new Kek("tink", "keyset"));
    }
  }

  private record Kek(String backend, String kek) {}

  /** And stops no restart after that, either. */
  private static void assertGoneIsRecorded(TestService service, Kek kek) throws Exception {
    JsonNode former = keys(service).at("/formerKeks/0");
    assertTrue(former.path("removable").asBoolean(), former::toString);
    JsonNode first = read(TestCaller.of(service, ADMIN).post("/v1/keys/erase-kek", kek));
    LogEvent.KekErased erased = service.log(LogEvent.KekErased.class).getLast();
    assertEquals(kek, new Kek(erased.backend(), erased.kek()));
    assertNull(erased.kekVersion());
    service.restart();
    assertEquals(first, read(TestCaller.of(service, ADMIN).post("/v1/keys/erase-kek", kek)));
    assertEquals(1, service.log(LogEvent.KekErased.class).size());
  }

  @Test
  void aKekInUseThatIsAwayHidesNeitherCountsNorProgress() throws Exception {
    require(VaultBinary.missing());
    try (VaultServer vault = VaultServer.start(Files.createDirectory(folder.resolve("vault")));
        TestService service =
            TestService.start(folder, ADMINISTRATORS + "kek: " + inVault(vault))) {
      PublishedModel.publish(service, "acme/chat", "1");
      assertEquals("", keys(service).at("/kek/trouble").asText());
      vault.kill();
      JsonNode keys = keys(service);
      assertEquals("key-backend-unavailable", keys.at("/kek/trouble").asText(), keys::toString);
      assertEquals("transit/strongroom", keys.at("/kek/kek").asText());
      assertEquals(1, keys.at("/dataKeys/0/count").asInt());
      assertEquals("none", keys.at("/rewrap/state").asText());
    }
  }

  /**
   * Restarts with the next KEK and the former one, moves all under load, and forgets the former.
   */
  private static void migrate(
      TestService service, List<PublishedModel> models, String from, String to, String former)
      throws Exception {
    String formers = "formerKeks: [" + former + "]\n";
    service.restart(from, to + formers);
    assertEquals(models.size(), keys(service).at("/formerKeks/0/dataKeys").asInt());
    assertFalse(keys(service).at("/formerKeks/0/removable").asBoolean());
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> grants = threads.submit(() -> grants(service, models, done));
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals(200, admin.post("/v1/keys/migrate").statusCode());
      JsonNode end = untilEnd(service);
      done.set(true);
      assertTrue(grants.get() > 0);
      assertEquals("done", end.path("state").asText(), end::toString);
      assertEquals(models.size(), end.path("migrated").asInt(), end::toString);
      assertEquals(0, end.path("failed").asInt());
    }
    JsonNode keys = keys(service);
    assertTrue(keys.at("/formerKeks/0/removable").asBoolean(), keys::toString);
    assertEquals(keys.at("/kek/kek"), keys.at("/dataKeys/0/kek"));
    service.restart(formers, "");
    assertAllGranted(service, models);
  }

  private static List<PublishedModel> publish(TestService service) throws Exception {
    List<PublishedModel> models = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      models.add(PublishedModel.publish(service, "acme/chat", "v" + i));
    }
    return models;
  }

  private static int grants(TestService service, List<PublishedModel> models, AtomicBoolean done)
      throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      int granted = 0;
      do {
        HttpResponse<String> answer = workload.ask(models.get(granted % models.size()).target());
        assertEquals(200, answer.statusCode(), answer.body());
        granted++;
      } while (!done.get());
      return granted;
    }
  }

  private static void assertAllGranted(TestService service, List<PublishedModel> models)
      throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      for (PublishedModel model : models) {
        HttpResponse<String> answer = workload.ask(model.target());
        assertEquals(200, answer.statusCode(), answer.body());
      }
    }
  }

  private static JsonNode untilEnd(TestService service) throws Exception {
    JsonNode migration = keys(service).path("migration");
    while (migration.path("state").asText().equals("running")) {
      migration = keys(service).path("migration");
    }
    return migration;
  }

  // What the service found at its start counts for a moment.
  private static JsonNode unready(TestService service) throws Exception {
    HttpResponse<String> answer = service.management("/readyz");
    while (answer.statusCode() == 200) {
      answer = service.management("/readyz");
    }
    return StrictJson.mapper().readTree(answer.body());
  }

  private static void assertUnready(TestService service, String why) throws Exception {
    HttpResponse<String> answer = service.management("/readyz");
    assertEquals(503, answer.statusCode(), answer.body());
    JsonNode reason = StrictJson.mapper().readTree(answer.body()).at("/reasons/keyBackend.pkcs11");
    assertEquals("kek-unusable", reason.path("code").asText(), answer.body());
    assertTrue(reason.path("message").asText().contains(why), answer.body());
  }

  private static JsonNode keys(TestService service) throws Exception {
    return read(TestCaller.of(service, ADMIN).get("/v1/keys"));
  }

  private static JsonNode read(HttpResponse<String> answer) throws Exception {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }

  private static void require(Optional<String> missing) {
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }

  /** A KEK on a token of NSS, as the configuration names it. */
  private String hsm() {
    return hsm("nss");
  }

  private String hsm(String name) {
    return hsm(name, "create");
  }

  private String hsm(String name, String command) {
    return hsm(name, command, "strongroom-kek");
  }

  private String hsm(String name, String command, String label) {
    TestToken token = tokens.computeIfAbsent(name, each -> NssToken.create(folder.resolve(each)));
    Tools.run(
        token.environment(),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            TokenKeysMain.class.getName(),
            command,
            token.module().toString(),
            token.arguments(),
            token.label(),
            token.pinFile().toString(),
            label,
            "AES"));
    return "{pkcs11: {uri: \"pkcs11:token=%s;object=strongroom-kek?module-path=%s\", pinFile: %s, moduleArguments: \"%s\", sessions: 4}}%n"
        .formatted(
            token.label().replace(" ", "%20"), token.module(), token.pinFile(), token.arguments());
  }

  /** A KEK in Vault, as the configuration names it. */
  private String inVault(VaultServer vault) {
    Path token = folder.resolve("vault-token");
    if (!Files.exists(token)) {
      vault.call("POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
      vault.call("POST", "transit/keys/strongroom", "{\"type\":\"aes256-gcm96\",\"derived\":true}");
      Tools.secret(token, vault.rootToken() + "\n");
    }
    return "{vault: {address: %s, key: strongroom, caFile: %s, auth: {tokenFile: %s}, limits: {restFor: 100ms}}}%n"
        .formatted(vault.address(), vault.caFile(), token);
  }
}
