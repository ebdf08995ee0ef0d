package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.keyservice.store.Database;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The data key of a version is erased: for good, everywhere in the store, and in the log first. */
@Timeout(120)
final class ErasureTest {
  private static final String ADMIN = "admin";
  private static final String ADMINISTRATORS =
      "administrators:\n  - {issuer: %s, subject: %s}\n".formatted(TestService.ISSUER, ADMIN);

  private static final String BY = TestService.ISSUER + "|" + ADMIN;

  @TempDir private Path folder;

  private record Names(String model, String version) {}

  private record Look(String backend, String kek, @Nullable String version, boolean dryRun) {}

  private record LookAtNames(String model, String version, boolean dryRun) {}

  private record Kek(String backend, String kek, @Nullable String version) {}

  @Test
  void anErasedVersionIsGoneForGoodAndTheOthersAreNot() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel gone = PublishedModel.publish(service, "acme/chat", "1");
      PublishedModel kept = PublishedModel.publish(service, "acme/chat", "2");
      TestCaller admin = TestCaller.of(service, ADMIN);
      try (TestWorkload holder = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, holder.ask(gone.target()).statusCode());
      }
      List<byte[]> wrapped = wrapped(service, "1");
      assertTrue(holds(service, wrapped.getFirst()), "this is how it would be found");
      // Another wrapping of the same key, which the store forgets and its pages may not.
      assertEquals(200, admin.post("/v1/keys/rotate").statusCode());
      assertEquals(200, admin.post("/v1/keys/rewrap").statusCode());
      while (!keys(admin).at("/rewrap/state").asText().equals("done")) {
        Thread.onSpinWait();
      }
      wrapped.addAll(wrapped(service, "1"));
      JsonNode erased = good(admin.post("/v1/keys/erase", new Names("acme/chat", "1")));
      assertEquals(1, erased.path("ended").size(), "the lease that was live");
      assertEquals("tink", erased.path("backend").asText());
      assertFalse(erased.path("remains").isEmpty());
      LogEvent.DataKeyErased entry = service.log(LogEvent.DataKeyErased.class).getLast();
      assertEquals(gone.target(), new ModelVersion(entry.model(), entry.version()));
      assertEquals(erased.path("dataKeyId").asText(), entry.dataKeyId().value());
      assertEquals(
          erased.path("manifestDigest").asText(),
          entry.manifestDigest() == null ? "" : entry.manifestDigest().hex());
      assertFalse(erased.path("manifestDigest").asText().isEmpty());
      assertEquals("tink", entry.backend());
      assertEquals("keyset", entry.kek());
      assertEquals(keys(admin).at("/kek/newestVersion").asText(), entry.kekVersion());
      assertEquals(BY, entry.by());
      for (byte[] each : wrapped) {
        assertFalse(holds(service, each), "a wrapping is left in the files of the store");
      }
      assertGone(service, gone.target());
      assertAskedAgain(service, erased);
      // Whoever lifts the revocation does not bring it back, nor does a restart.
      assertEquals(
          204, admin.delete("/v1/revocations/" + erased.path("revocation").asText()).statusCode());
      assertGone(service, gone.target());
      service.restart();
      assertGone(service, gone.target());
      assertAskedAgain(service, ((ObjectNode) erased).without("revocation"));
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(kept.target()).statusCode());
      }
      assertEquals(
          200,
          TestCaller.of(service, TestService.PUBLISHER)
              .get("/v1/models/acme/chat/versions")
              .statusCode());
    }
  }

  /** Who asks again is told the same, and no lease ends any more. */
  private static void assertAskedAgain(TestService service, JsonNode erased) throws Exception {
    ObjectNode expected = erased.deepCopy();
    expected.putArray("ended");
    TestCaller admin = TestCaller.of(service, ADMIN);
    assertEquals(expected, good(admin.post("/v1/keys/erase", new Names("acme/chat", "1"))));
  }

  private static void assertGone(TestService service, ModelVersion target) throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> answer = workload.ask(target);
      assertEquals(410, answer.statusCode(), answer.body());
      assertEquals("data-key-erased", code(answer));
    }
  }

  @Test
  void aDraftIsErasedWithItsKeyAndNobodyPublishesUnderItsName() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      ModelVersion target = ModelVersion.parse("acme/chat:3");
      TestCaller publisher = TestCaller.of(service, TestService.PUBLISHER);
      try (SealKeyPair key = SealKeyPair.generate(SealSuite.X25519)) {
        DraftResponse _ = PublishedModel.opened(publisher, target, key);
        List<byte[]> wrapped = wrapped(service, "3");
        TestCaller admin = TestCaller.of(service, ADMIN);
        JsonNode erased = good(admin.post("/v1/keys/erase", new Names("acme/chat", "3")));
        assertTrue(erased.path("manifestDigest").isMissingNode());
        assertFalse(holds(service, wrapped.getFirst()));
        assertEquals(
            204,
            admin.delete("/v1/revocations/" + erased.path("revocation").asText()).statusCode());
        HttpResponse<String> resumed = PublishedModel.open(publisher, target, key);
        assertEquals(410, resumed.statusCode(), resumed.body());
      }
    }
  }

  @Test
  void theLogCompletesWhatACrashOrABackupLeft() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel gone = PublishedModel.publish(service, "acme/chat", "1");
      List<Map<String, Object>> rows = rows(service);
      byte[] wrapped = wrapped(service, "1").getFirst();
      TestCaller admin = TestCaller.of(service, ADMIN);
      JsonNode erased = good(admin.post("/v1/keys/erase", new Names("acme/chat", "1")));
      assertEquals(
          204, admin.delete("/v1/revocations/" + erased.path("revocation").asText()).statusCode());
      // As after a crash between entry and deletion, or when the table comes out of a backup. The
      // KEK of then need not be there any more.
      try (Database store = Database.open(service.dataDir().resolve("store.db"))) {
        store
            .jdbi()
            .useHandle(on -> {
              Map<String, Object> row = rows.getFirst();
              on.execute(
                  "INSERT INTO wrapped_keys VALUES (?, ?, ?, ?, ?, ?)",
                  row.get("data_key_id"),
                  row.get("manifest_digest"),
                  row.get("backend"),
                  row.get("kek_id"),
                  "4711",
                  row.get("ciphertext"));
              // A draft that was opened while the version was being erased has another key.
              on.execute(
                  "INSERT INTO drafts (id, model, version, data_key_id, last_fence, fence, jkt,"
                      + " subject, state, opened_at) VALUES ('draft-00000000000000000000000000000000', 'acme/chat', '1',"
                      + " 'dk-00000000000000000000000000000000',"
                      + " 0, 0, '', '', 'open', 1)");
              on.execute(
                  "INSERT INTO wrapped_keys VALUES ('dk-00000000000000000000000000000000', '', ?, ?, ?, x'00')",
                  row.get("backend"),
                  row.get("kek_id"),
                  row.get("kek_version"));
            });
      }
      assertTrue(holds(service, wrapped));
      service.restart();
      assertEquals(List.of(), rows(service));
      assertFalse(holds(service, wrapped));
      assertGone(service, gone.target());
    }
  }

  @Test
  void aCrashBetweenDeletionAndScrubLeavesNothingBehind() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel gone = PublishedModel.publish(service, "acme/chat", "1");
      byte[] wrapped = wrapped(service, "1").getFirst();
      String dataKeyId = String.valueOf(rows(service).getFirst().get("data_key_id"));
      TestCaller admin = TestCaller.of(service, ADMIN);
      JsonNode erased = good(admin.post("/v1/keys/erase", new Names("acme/chat", "1")));
      leaveResidue(service, dataKeyId, wrapped);
      assertEquals(List.of(), rows(service));
      assertTrue(holds(service, wrapped), "this is how it is found");
      service.restart();
      assertFalse(holds(service, wrapped), "the start scrubs");
      leaveResidue(service, dataKeyId, wrapped);
      assertTrue(holds(service, wrapped));
      assertAskedAgain(service, erased);
      assertFalse(holds(service, wrapped), "whoever asks again scrubs");
      assertGone(service, gone.target());
    }
  }

  @Test
  void aStoreThatCannotBeWrittenAnewKeepsNobodyFromTheirModels() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel gone = PublishedModel.publish(service, "acme/chat", "1");
      PublishedModel kept = PublishedModel.publish(service, "acme/chat", "2");
      String trigger =
          "CREATE TRIGGER no_scrub BEFORE INSERT ON scrubbed"
              + " BEGIN SELECT RAISE(ABORT, 'no room'); END";
      execute(service, trigger);
      HttpResponse<String> refused =
          TestCaller.of(service, ADMIN).post("/v1/keys/erase", new Names("acme/chat", "1"));
      assertEquals("store-unavailable", code(refused));
      assertTrue(refused.body().contains("may still hold copies"), refused.body());
      service.restart();
      assertGone(service, gone.target());
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(kept.target()).statusCode());
      }
      assertUnscrubbed(service, "1.0");
      execute(service, "DROP TRIGGER no_scrub");
      var _ =
          good(TestCaller.of(service, ADMIN).post("/v1/keys/erase", new Names("acme/chat", "1")));
      assertUnscrubbed(service, "0.0");
    }
  }

  private static void assertUnscrubbed(TestService service, String erasures) throws Exception {
    String metrics = service.management("/metrics").body();
    assertTrue(
        metrics.lines().anyMatch(("strongroom_erasures_unscrubbed " + erasures)::equals),
        () -> metrics.lines().filter(line -> line.contains("erasures")).toList().toString());
  }

  private static void execute(TestService service, String sql) {
    try (Database store = Database.open(service.dataDir().resolve("store.db"))) {
      store.jdbi().useHandle(on -> on.execute(sql));
    }
  }

  /** As a process leaves it that is killed when the row is gone and its copies are not. */
  private static void leaveResidue(TestService service, String dataKeyId, byte[] wrapped)
      throws Exception {
    Path file = service.dataDir().resolve("store.db");
    try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = store.createStatement();
        PreparedStatement insert =
            store.prepareStatement(
                "INSERT INTO wrapped_keys VALUES (?, '', 'tink', 'keyset', '1', ?)");
        PreparedStatement open =
            store.prepareStatement("DELETE FROM scrubbed WHERE data_key_id = ?")) {
      statement.execute("PRAGMA busy_timeout = 10000");
      statement.execute("PRAGMA secure_delete = OFF");
      insert.setString(1, dataKeyId);
      insert.setBytes(2, wrapped);
      assertEquals(1, insert.executeUpdate());
      statement.execute("DELETE FROM wrapped_keys WHERE manifest_digest = ''");
      open.setString(1, dataKeyId);
      assertEquals(1, open.executeUpdate());
    }
  }

  @Test
  void onlyWhoKeepsKeysErases() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel kept = PublishedModel.publish(service, "acme/chat", "1");
      TestCaller stranger = TestCaller.of(service, TestService.OPERATOR);
      assertEquals(403, stranger.post("/v1/keys/erase", new Names("acme/chat", "1")).statusCode());
      assertEquals(
          403, stranger.post("/v1/keys/erase-kek", new Kek("tink", "keyset", "1")).statusCode());
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals(
          "version-unknown", code(admin.post("/v1/keys/erase", new Names("acme/chat", "7"))));
      LookAtNames look = new LookAtNames("acme/chat", "1", true);
      assertEquals(403, stranger.post("/v1/keys/erase", look).statusCode());
      assertEquals(
          403,
          stranger.post("/v1/keys/erase-kek", new Look("tink", "keyset", "1", true)).statusCode());
      assertEquals(
          "version-unknown",
          code(admin.post("/v1/keys/erase", new LookAtNames("acme/chat", "7", true))));
      assertEquals(204, admin.post("/v1/keys/erase", look).statusCode());
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(kept.target()).statusCode());
      }
    }
  }

  @Test
  void aKekVersionEndsWhenNothingIsUnderIt() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      PublishedModel model = PublishedModel.publish(service, "acme/chat", "1");
      TestCaller admin = TestCaller.of(service, ADMIN);
      String first = keys(admin).at("/kek/newestVersion").asText();
      Kek wanted = new Kek("tink", "keyset", first);
      assertInUse(admin, wanted, "newest version");
      assertInUse(admin, new Kek("tink", "keyset", null), "KEK in use");
      assertEquals(200, admin.post("/v1/keys/rotate").statusCode());
      assertInUse(admin, wanted, "1 data key is under it");
      assertInUse(admin, new Look("tink", "keyset", first, true), "1 data key is under it");
      assertEquals(200, admin.post("/v1/keys/rewrap").statusCode());
      while (!keys(admin).at("/rewrap/state").asText().equals("done")) {
        Thread.onSpinWait();
      }
      assertEquals(
          204,
          admin.post("/v1/keys/erase-kek", new Look("tink", "keyset", first, true)).statusCode());
      assertEquals(2, keys(admin).at("/kek/versions").size(), "only looked");
      JsonNode erased = good(admin.post("/v1/keys/erase-kek", wanted));
      assertFalse(erased.path("remains").isEmpty());
      LogEvent.KekErased entry = service.log(LogEvent.KekErased.class).getLast();
      assertEquals(
          new LogEvent.KekErased(
              entry.at(), "tink", "keyset", first, erased.path("remains").path(0).asText(), BY),
          entry);
      LogEvent.KekEraseBegun begun = service.log(LogEvent.KekEraseBegun.class).getLast();
      assertEquals(new LogEvent.KekEraseBegun(begun.at(), "tink", "keyset", first, BY), begun);
      assertTrue(service.log().indexOf(begun) < service.log().indexOf(entry));
      assertEquals(1, service.log(LogEvent.KekErased.class).size(), "refusals left none");
      assertEquals(1, service.log(LogEvent.KekEraseBegun.class).size());
      assertEquals(1, keys(admin).at("/kek/versions").size());
      assertFalse(
          Files.readString(service.dataDir().resolve("kek.json")).contains(first),
          "its key is out");
      assertEquals(erased, good(admin.post("/v1/keys/erase-kek", wanted)), "asked again");
      assertEquals(1, service.log(LogEvent.KekErased.class).size());
      service.restart();
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, workload.ask(model.target()).statusCode());
      }
    }
  }

  private static void assertInUse(TestCaller admin, Object wanted, String why) throws Exception {
    HttpResponse<String> refused = admin.post("/v1/keys/erase-kek", wanted);
    assertEquals(409, refused.statusCode(), refused.body());
    assertEquals("kek-in-use", code(refused));
    assertTrue(refused.body().contains(why), refused.body());
  }

  /** What wraps the data key of this version now. */
  private static List<byte[]> wrapped(TestService service, String version) {
    try (Database store = Database.open(service.dataDir().resolve("store.db"))) {
      return new ArrayList<>(
          store
              .jdbi()
              .withHandle(on ->
                  on.createQuery(
                          "SELECT ciphertext FROM wrapped_keys WHERE data_key_id IN"
                              + " (SELECT data_key_id FROM versions WHERE version = :v"
                              + " UNION SELECT data_key_id FROM drafts WHERE version = :v)")
                      .bind("v", version)
                      .mapTo(byte[].class)
                      .list()));
    }
  }

  private static List<Map<String, Object>> rows(TestService service) {
    try (Database store = Database.open(service.dataDir().resolve("store.db"))) {
      return store
          .jdbi()
          .withHandle(on -> on.createQuery("SELECT * FROM wrapped_keys").mapToMap().list());
    }
  }

  /** Whether any file of the store has these bytes. */
  private static boolean holds(TestService service, byte[] wanted) throws Exception {
    boolean found = false;
    for (String name : List.of("store.db", "store.db-wal", "store.db-shm")) {
      Path file = service.dataDir().resolve(name);
      found |= Files.exists(file) && contains(Files.readAllBytes(file), wanted);
    }
    return found;
  }

  private static boolean contains(byte[] content, byte[] wanted) {
    for (int i = 0; i + wanted.length <= content.length; i++) {
      if (Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode keys(TestCaller admin) throws Exception {
    return good(admin.get("/v1/keys"));
  }

  private static JsonNode good(HttpResponse<String> answer) throws Exception {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }

  private static String code(HttpResponse<String> answer) throws Exception {
    return StrictJson.mapper().readTree(answer.body()).path("code").asText();
  }
}
