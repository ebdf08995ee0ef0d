package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.keyservice.kms.TinkKeysets;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A rotation and a rewrap while the service serves. */
@Timeout(120)
final class KeysTest {
  private static final String ADMIN = "admin";
  private static final String ADMINISTRATORS =
      "administrators:\n  - {issuer: %s, subject: %s}\n".formatted(TestService.ISSUER, ADMIN);

  @TempDir private Path folder;

  @Test
  void everyVersionMovesToTheNewKekWhileGrantsGoOn() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      TestCaller admin = TestCaller.of(service, ADMIN);
      List<PublishedModel> models = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        models.add(PublishedModel.publish(service, "acme/chat", "v" + i));
      }
      JsonNode before = read(admin.get("/v1/keys"));
      assertEquals(5, before.path("dataKeys").path(0).path("count").asInt());
      AtomicBoolean done = new AtomicBoolean();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Integer> grants = threads.submit(() -> grants(service, models, done));
        JsonNode rotated = read(admin.post("/v1/keys/rotate"));
        assertNotEquals(before.path("kek").path("newestVersion"), rotated.path("newestVersion"));
        assertEquals(
            "acme/chat",
            PublishedModel.publish(service, "acme/chat", "late").target().model().value());
        JsonNode rewrap = read(admin.post("/v1/keys/rewrap"));
        while (rewrap.path("state").asText().equals("running")) {
          rewrap = read(admin.get("/v1/keys")).path("rewrap");
        }
        done.set(true);
        assertTrue(grants.get() > 0);
        assertEquals("done", rewrap.path("state").asText(), rewrap::toString);
        assertEquals(6, rewrap.path("looked").asInt(), "the one of after the rotation, too");
        assertEquals(5, rewrap.path("rewrapped").asInt());
        assertEquals(0, rewrap.path("failed").asInt());
        JsonNode held = read(admin.get("/v1/keys")).path("dataKeys");
        assertEquals(1, held.size());
        assertEquals(rotated.path("newestVersion"), held.path(0).path("version"));
        assertRecorded(service, rotated.path("newestVersion").asText(), models);
      }
      TinkKeysets.destroyOlder(service.dataDir().resolve("kek.json"));
      service.restart();
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        for (PublishedModel model : models) {
          assertEquals(200, workload.ask(model.target()).statusCode());
        }
      }
    }
  }

  private static void assertRecorded(
      TestService service, String newest, List<PublishedModel> models) {
    String by = TestService.ISSUER + "|" + ADMIN;
    LogEvent.DataKeysRewrapped moved = service.log(LogEvent.DataKeysRewrapped.class).getFirst();
    LogEvent.KekRotateBegun begun = service.log(LogEvent.KekRotateBegun.class).getFirst();
    assertEquals(new LogEvent.KekRotateBegun(begun.at(), "tink", "keyset", by), begun);
    LogEvent.KekRotated rotated = service.log(LogEvent.KekRotated.class).getFirst();
    assertEquals(new LogEvent.KekRotated(rotated.at(), "tink", "keyset", newest, by), rotated);
    assertTrue(service.log().indexOf(begun) < service.log().indexOf(rotated));
    assertEquals(1, service.log(LogEvent.KekRotated.class).size());
    assertEquals(newest, moved.kekVersion());
    assertEquals(by, moved.by());
    assertEquals(models.size(), moved.dataKeys().size());
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

  @Test
  void onlyWhoMayKeepsKeys() throws Exception {
    try (TestService service = TestService.start(folder, ADMINISTRATORS)) {
      TestCaller stranger = TestCaller.of(service, TestService.INFERENCE);
      assertEquals(403, stranger.get("/v1/keys").statusCode());
      assertEquals(403, stranger.post("/v1/keys/rotate").statusCode());
      assertEquals(403, stranger.post("/v1/keys/rewrap").statusCode());
      JsonNode keys = read(TestCaller.of(service, ADMIN).get("/v1/keys"));
      assertEquals(1, keys.path("kek").path("versions").size(), "nothing was rotated");
    }
  }

  private static JsonNode read(HttpResponse<String> answer) throws Exception {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }
}
