package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that was told to hold data keys: what its log says, and when it lets go of them. */
@Timeout(120)
final class DataKeyCacheUseTest {
  private static final String ADMIN = "admin";
  private static final String CACHE = "dataKeyCache: {maxKeys: 10, maxAge: 1h}\n";
  private static final String ADMINISTRATORS =
      "administrators:\n  - {issuer: %s, subject: %s}\n".formatted(TestService.ISSUER, ADMIN);

  @TempDir private Path folder;

  private record Names(String model, String version) {}

  private record Kek(String backend, String kek, String version) {}

  private record Revocation(RevocationSelector selector, String reason) {}

  @Test
  void theEntryOfAGrantSaysWhereItsDataKeyCameFrom() throws Exception {
    try (TestService service = TestService.start(folder, CACHE)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      PublishedModel other = PublishedModel.publish(service, "acme/chat", "2");
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(DataKeySource.CACHE, granted(service, chat));
      assertEquals(DataKeySource.BACKEND, granted(service, other));
      assertEquals(DataKeySource.CACHE, granted(service, chat));
      assertEquals(2, metric(service, "strongroom_datakeys_opened_total{source=\"cache\"}"));
      assertEquals(2, metric(service, "strongroom_datakeys_opened_total{source=\"backend\"}"));
      assertEquals(2, metric(service, "strongroom_datakeys_cached"));
      service.restart();
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
    }
  }

  @Test
  void withoutACacheEveryGrantCallsTheBackend() throws Exception {
    try (TestService service = TestService.start(folder)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
    }
  }

  @Test
  void aRevokedVersionIsLetGoOfAndARevokedWorkloadIsNot() throws Exception {
    try (TestService service = TestService.start(folder, CACHE + ADMINISTRATORS)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      PublishedModel kept = PublishedModel.publish(service, "acme/chat", "2");
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(DataKeySource.BACKEND, granted(service, kept));
      revoke(
          admin,
          new RevocationSelector(
              null, TestService.ISSUER + "|nobody", null, null, chat.target().model(), null));
      assertEquals(2, metric(service, "strongroom_datakeys_cached"));
      String version = revoke(admin, of(chat.target()));
      assertEquals(1, metric(service, "strongroom_datakeys_cached"));
      assertEquals(204, admin.delete("/v1/revocations/" + version).statusCode());
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(DataKeySource.CACHE, granted(service, kept));
      revoke(admin, new RevocationSelector(null, null, null, null, chat.target().model(), null));
      assertEquals(0, metric(service, "strongroom_datakeys_cached"));
    }
  }

  @Test
  void anErasedDataKeyIsLetGoOf() throws Exception {
    try (TestService service = TestService.start(folder, CACHE + ADMINISTRATORS)) {
      PublishedModel gone = PublishedModel.publish(service, "acme/chat", "1");
      PublishedModel kept = PublishedModel.publish(service, "acme/chat", "2");
      TestCaller admin = TestCaller.of(service, ADMIN);
      assertEquals(DataKeySource.BACKEND, granted(service, gone));
      assertEquals(DataKeySource.BACKEND, granted(service, kept));
      String erased = good(admin.post("/v1/keys/erase", new Names("acme/chat", "1")), "revocation");
      assertEquals(1, metric(service, "strongroom_datakeys_cached"));
      assertEquals(204, admin.delete("/v1/revocations/" + erased).statusCode());
      try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(410, workload.ask(gone.target()).statusCode());
      }
      assertEquals(1, metric(service, "strongroom_datakeys_cached"));
      assertEquals(DataKeySource.CACHE, granted(service, kept));
    }
  }

  @Test
  void aRewrappedDataKeyIsAskedForAgainAndAnErasedKekIsLetGoOf() throws Exception {
    try (TestService service = TestService.start(folder, CACHE + ADMINISTRATORS)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      TestCaller admin = TestCaller.of(service, ADMIN);
      String first = good(admin.get("/v1/keys"), "kek/newestVersion");
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(200, admin.post("/v1/keys/rotate").statusCode());
      assertEquals(200, admin.post("/v1/keys/rewrap").statusCode());
      while (!good(admin.get("/v1/keys"), "rewrap/state").equals("done")) {
        assertFalse(Thread.currentThread().isInterrupted(), "waited in vain");
        Thread.onSpinWait();
      }
      assertEquals(DataKeySource.BACKEND, granted(service, chat));
      assertEquals(2, metric(service, "strongroom_datakeys_cached"));
      assertEquals(
          200, admin.post("/v1/keys/erase-kek", new Kek("tink", "keyset", first)).statusCode());
      assertEquals(1, metric(service, "strongroom_datakeys_cached"));
      assertEquals(DataKeySource.CACHE, granted(service, chat));
    }
  }

  private static RevocationSelector of(ModelVersion target) {
    return new RevocationSelector(null, null, null, null, target.model(), target.version());
  }

  private static String revoke(TestCaller admin, RevocationSelector selector) throws Exception {
    return good(admin.post("/v1/revocations", new Revocation(selector, "a test")), "revocation");
  }

  /** Takes a grant, checks that it opens to the key of the version, and reads its entry. */
  private static @Nullable DataKeySource granted(TestService service, PublishedModel model)
      throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> answer = workload.ask(model.target());
      assertEquals(200, answer.statusCode(), answer.body());
      GrantResponse response = StrictJson.mapper().readValue(answer.body(), GrantResponse.class);
      UnverifiedJws jws =
          UnverifiedJws.parse(
              response.grant(),
              MessageType.GRANT,
              Grant.MAX_CHARS,
              ProblemCode.GRANT_SIGNATURE_INVALID);
      byte[] payload =
          jws.verify(
              service.service().trust().grantKey(jws.keyId(), Instant.now()),
              ProblemCode.GRANT_SIGNATURE_INVALID);
      Grant grant = CanonicalJson.parse(payload, Grant.class, payload.length);
      try (SecretBytes key =
          workload
              .sealKey()
              .open(response.sealedKey(), Grant.sealInfo(response.grant()), grant.sealContext())) {
        assertArrayEquals(model.dataKey(), key.heapCopy());
      }
      byte[] leaf = response.leaf().bytes();
      DataKeySource source = ((LogEvent.GrantIssued) EventCodec.read(leaf)).dataKeySource();
      assertTrue(
          new String(leaf, StandardCharsets.UTF_8)
              .contains("\"dataKeySource\":\"" + (source == null ? "" : source.wireName()) + "\""));
      return source;
    }
  }

  private static double metric(TestService service, String name) throws Exception {
    String metrics = service.management("/metrics").body();
    Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$").matcher(metrics);
    assertTrue(line.find(), metrics);
    return Double.parseDouble(line.group(1));
  }

  private static String good(HttpResponse<String> answer, String member) throws Exception {
    assertTrue(answer.statusCode() < 300, answer.body());
    JsonNode tree = StrictJson.mapper().readTree(answer.body());
    return tree.at("/" + member).asText();
  }
}
