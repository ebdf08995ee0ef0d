package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.good;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.problem.ProblemCode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sets about leases holds. */
@Timeout(120)
final class LeaseSettingsTest {

  @Test
  void thereAreAsManyLiveLeasesAsTheConfigurationAllows(@TempDir Path folder) throws Exception {
    try (TestService service = TestService.start(folder, "leases: {maxLive: 1}")) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      try (TestWorkload first = new TestWorkload(service, TestService.INFERENCE);
          TestWorkload second = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, first.ask(chat.target()).statusCode());
        GrantRequest request = second.request(second.body(chat.target(), second.nonce().nonce()));
        refused(second.send(request), ProblemCode.OVERLOADED);
        refused(second.send(request), ProblemCode.OVERLOADED);
        assertEquals(200, first.ask(chat.target()).statusCode(), "it takes its own place");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"maxLivePerSubject", "maxLivePerSubjectAndVersion"})
  void oneSubjectHasAsManyAsTheConfigurationAllows(String setting, @TempDir Path folder)
      throws Exception {
    try (TestService service = TestService.start(folder, "leases: {" + setting + ": 1}")) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      try (TestWorkload first = new TestWorkload(service, TestService.INFERENCE);
          TestWorkload second = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, first.ask(chat.target()).statusCode());
        String unwraps = unwraps(service);
        HttpResponse<String> refused = second.ask(chat.target());
        assertEquals(unwraps, unwraps(service), "a refusal costs the key backend nothing");
        String why = explained(refused, ProblemCode.TOO_MANY_LEASES);
        assertEquals("30", refused.headers().firstValue("Retry-After").orElse(""));
        assertTrue(refused.body().contains(setting), refused.body());
        JsonNode explanation =
            good(TestCaller.of(service, TestService.OPERATOR).get("/v1/explanations/" + why));
        assertEquals("too-many-leases", explanation.path("code").asText());
        assertEquals(200, first.ask(chat.target()).statusCode(), "it takes its own place");
      }
    }
  }

  private static String unwraps(TestService service) throws Exception {
    return service
        .management("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("strongroom_kek_unwraps_seconds_count"))
        .findFirst()
        .orElseThrow();
  }
}
