package dev.strongroom.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.testkit.kms.LocalStackServer;
import dev.strongroom.testkit.kms.ResettingTunnel;
import dev.strongroom.testkit.kms.TroubledProxy;
import dev.strongroom.testkit.stage.StageKek;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** AWS KMS throttles, is slow, resets connections and is away while grants are asked for. */
@Timeout(300)
class KmsTroubleTest {
  /** As AWS KMS throttles: with 400. */
  private static final String THROTTLED =
      "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}";

  @Test
  void aKmsInTroubleUnderLoadIsUsedAgainAndEveryRequestIsAnswered(@TempDir Path folder)
      throws Exception {
    BackendTrouble.require(LocalStackServer.missing());
    try (LocalStackServer kms = LocalStackServer.start(folder);
        TroubledProxy proxy = new TroubledProxy(kms.uri());
        ResettingTunnel tunnel = new ResettingTunnel(proxy.uri());
        OnStage on = BackendTrouble.stage(kek(newKey(kms.uri()), tunnel.uri()));
        BackendTrouble trouble = BackendTrouble.on(on, "awskms")) {
      trouble.partly(
          "half of the calls throttled",
          () -> proxy.answerEveryOther(400, THROTTLED),
          proxy::bringBack);
      trouble.away(
          "all calls throttled",
          () -> proxy.answer(Integer.MAX_VALUE, 400, THROTTLED),
          proxy::bringBack);
      trouble.away("connections reset", tunnel::reset, tunnel::heal);
      trouble.away("slow answers", () -> proxy.slow(Duration.ofSeconds(3)), proxy::bringBack);
      trouble.away("no answers", proxy::hang, proxy::bringBack);
      trouble.away("nobody there", proxy::takeAway, proxy::bringBack);
      trouble.assertEveryAnswer();
    }
  }

  private static StageKek kek(String arn, URI endpoint) {
    return new StageKek(
        """
        kek:
          awskms:
            keyArn: %s
            endpoint: %s
            limits: {attemptTimeout: 1s, callTimeout: 3s, restFor: 1s}
        """
            .formatted(arn, endpoint),
        Map.of("AWS_ACCESS_KEY_ID", "test-access-key", "AWS_SECRET_ACCESS_KEY", "test-secret"));
  }

  private static String newKey(URI kms) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> made =
          http.send(
              HttpRequest.newBuilder(kms)
                  .timeout(Await.LIMIT)
                  .header("X-Amz-Target", "TrentService.CreateKey")
                  .header("Content-Type", "application/x-amz-json-1.1")
                  .header(
                      "Authorization",
                      "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kms/aws4_request,"
                          + " SignedHeaders=host, Signature=none")
                  .POST(HttpRequest.BodyPublishers.ofString("{}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return new ObjectMapper().readTree(made.body()).at("/KeyMetadata/Arn").asText();
    }
  }
}
