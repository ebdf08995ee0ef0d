package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.http.PinnedTls;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One nonce, many requests at once on many connections of both versions: one grant. */
@Timeout(180)
final class RaceTest {
  private static final int CONNECTIONS = 16;
  private static final int REQUESTS = 8;
  private static final int ROUNDS = 3;

  @Test
  void oneNonceYieldsOneGrant(@TempDir Path folder) throws Exception {
    try (TestService service = TestService.start(folder);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      List<HttpClient> clients = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(
            PinnedTls.client(
                service.service().certificate(),
                i % 2 == 0 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1));
      }
      for (int round = 0; round < ROUNDS; round++) {
        GrantRequest request =
            workload.request(workload.body(chat.target(), workload.nonce().nonce()));
        race(service, clients, StrictJson.mapper().writeValueAsBytes(request));
      }
      clients.forEach(HttpClient::close);
    }
  }

  private static void race(TestService service, List<HttpClient> clients, byte[] body)
      throws Exception {
    HttpRequest request =
        service
            .request("/v1/grants")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      for (HttpClient client : clients) {
        answers.add(client.sendAsync(request, BodyHandlers.ofString()));
      }
    }
    int granted = 0;
    for (var each : answers) {
      HttpResponse<String> answer = TestService.checked(each.get(60, TimeUnit.SECONDS));
      if (answer.statusCode() == 200) {
        granted++;
      } else {
        assertEquals(ProblemCode.NONCE_USED.httpStatus(), answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("nonce-used"), answer.body());
      }
    }
    assertEquals(1, granted);
  }
}
