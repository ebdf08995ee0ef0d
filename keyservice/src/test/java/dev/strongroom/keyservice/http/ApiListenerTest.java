package dev.strongroom.keyservice.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener with endpoints of the test's own: what it does before anybody's flow runs. */
@Timeout(60)
final class ApiListenerTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void answersOverBothVersions(HttpClient.Version version) throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpClient client = PinnedTls.client(at.certificate(), version);
      HttpResponse<String> answer =
          client.send(at.post("/echo", "{\"a\":1}"), BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertEquals(version, answer.version());
      assertEquals("{\"a\":1}", answer.body());
      assertEquals("no-store", answer.headers().firstValue("Cache-Control").orElse(""));
      assertEquals("nosniff", answer.headers().firstValue("X-Content-Type-Options").orElse(""));
    }
  }

  @Test
  void keepsTheKeyForItsOwner() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(at.tls().key())));
      TlsMaterial again = TlsMaterial.selfSigned(folder.resolve("tls"), "localhost");
      assertEquals(
          Files.readString(at.certificate()),
          Files.readString(again.certificate()),
          "the certificate that workloads pinned is kept");
    }
  }

  @Test
  void refusesOlderTls() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThrows(SSLException.class, socket::startHandshake);
    }
  }

  @Test
  void refusesUnknownRoutesAndMethods() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      assertProblem(at.send(at.get("/nothing")), ProblemCode.NOT_FOUND);
      assertProblem(at.send(at.get("/echo")), ProblemCode.METHOD_NOT_ALLOWED);
      assertProblem(
          at.send(at.request("/echo").method("TRACE", BodyPublishers.noBody()).build()),
          ProblemCode.METHOD_NOT_ALLOWED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp"})
  void refusesOtherContentTypes(String type) throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpRequest request =
          at.request("/echo")
              .header("Content-Type", type)
              .POST(BodyPublishers.ofString("{}"))
              .build();
      assertProblem(at.send(request), ProblemCode.UNSUPPORTED_MEDIA_TYPE);
    }
  }

  @Test
  void takesACharsetBesideTheType() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpRequest request =
          at.request("/echo")
              .header("Content-Type", "Application/JSON; charset=utf-8")
              .POST(BodyPublishers.ofString("{}"))
              .build();
      assertEquals(200, at.send(request).statusCode());
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void refusesBodiesThatAreTooLarge(HttpClient.Version version) throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpClient client = PinnedTls.client(at.certificate(), version);
      byte[] body = new byte[TestListener.MAX_BODY + 1];
      HttpRequest announced = at.json("/echo").POST(BodyPublishers.ofByteArray(body)).build();
      assertProblem(client.send(announced, BodyHandlers.ofString()), ProblemCode.TOO_LARGE);
      HttpRequest chunked =
          at.json("/echo")
              .POST(
                  BodyPublishers.fromPublisher(
                      BodyPublishers.ofByteArrays(List.of(body, body, body))))
              .build();
      assertProblem(client.send(chunked, BodyHandlers.ofString()), ProblemCode.TOO_LARGE);
      assertEquals(
          200,
          client.send(at.post("/echo", "{}"), BodyHandlers.ofString()).statusCode(),
          "the service goes on");
    }
  }

  @Test
  void refusesABodyWhereNoneBelongs() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      assertProblem(at.send(at.post("/nothing-in", "{}")), ProblemCode.TOO_LARGE);
    }
  }

  @Test
  void refusesHeadersThatAreTooLarge() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      write(socket, "GET /ok HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(9_000) + "\r\n\r\n");
      String answer = readAll(socket);
      assertTrue(answer.startsWith("HTTP/1.1 4"), answer);
      assertEquals(200, at.send(at.get("/ok")).statusCode());
    }
  }

  @Test
  void closesConnectionsOnWhichHeadersDrip() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      write(socket, "GET /ok HTTP/1.1\r\nHost: localhost\r\n");
      long began = System.nanoTime();
      boolean open = true;
      while (open && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20)) {
        open = drip(socket, "X: y\r\n");
      }
      assertFalse(open, "each byte resets an idle time-out, and still the connection ended");
    }
  }

  @Test
  void refusesBodiesThatDrip() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      write(
          socket,
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: 900\r\n\r\n{");
      String answer = "";
      long began = System.nanoTime();
      socket.setSoTimeout(100);
      while (answer.isEmpty() && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20)) {
        write(socket, " ");
        answer = readSome(socket);
      }
      assertTrue(answer.startsWith("HTTP/1.1 408"), answer);
      assertTrue(answer.contains("request-timeout"), answer);
    }
  }

  @Test
  void answersGarbageWithARefusal() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      write(socket, "\u0001\u0002 nonsense\r\n\r\n");
      String answer = readAll(socket);
      assertTrue(answer.contains(" 400 ") && answer.contains("malformed-request"), answer);
      assertEquals(200, at.send(at.get("/ok")).statusCode());
    }
  }

  @Test
  void hidesWhatNobodyForesaw() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpResponse<String> answer = at.send(at.get("/fault"));
      assertProblem(answer, ProblemCode.INTERNAL);
      assertFalse(answer.body().contains("secret"), answer.body());
      assertTrue(answer.body().contains("reference"), answer.body());
    }
  }

  @Test
  void refusesWhenTooManyWait() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
      for (int i = 0; i < TestListener.CONCURRENT + TestListener.QUEUED; i++) {
        held.add(at.client().sendAsync(at.get("/held"), BodyHandlers.ofString()));
      }
      at.awaitPresent(TestListener.CONCURRENT + TestListener.QUEUED);
      HttpResponse<String> refused = at.send(at.get("/ok"));
      assertProblem(refused, ProblemCode.OVERLOADED);
      assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
      at.release();
      for (var answer : held) {
        assertEquals(200, answer.get(20, TimeUnit.SECONDS).statusCode());
      }
      assertEquals(200, at.send(at.get("/ok")).statusCode());
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void largeBodiesAreReadForProvenCallersAlone(HttpClient.Version version) throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpClient client = PinnedTls.client(at.certificate(), version);
      for (int size : List.of(0, 10, 60_000)) {
        HttpResponse<String> answer = client.send(large(at, "p", size), BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), "60,000 are more than the usual routes have");
        assertEquals("a".repeat(size), answer.body());
      }
      assertProblem(
          client.send(large(at, "made-up", 10), BodyHandlers.ofString()),
          ProblemCode.PROOF_INVALID);
    }
  }

  private static HttpRequest large(TestListener at, String proof, int size) {
    return at.json("/large")
        .header("DPoP", proof)
        .POST(BodyPublishers.ofString("a".repeat(size)))
        .build();
  }

  @Test
  void nobodyHoldsTheMemoryForLargeBodiesWithMadeUpHeaders() throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket silent = at.connect();
        SSLSocket writing = at.connect()) {
      String head =
          String.join(
              "\r\n",
              "POST /large HTTP/1.1",
              "Host: localhost",
              "Content-Type: application/json",
              "DPoP: made-up",
              "Content-Length: 70000",
              "\r\n");
      write(silent, head);
      writeAnyway(writing, head + "a".repeat(69_999));
      String answer = readAll(silent);
      assertTrue(answer.startsWith("HTTP/1.1 401"), answer);
      assertEquals(200, at.send(large(at, "p", 60_000)).statusCode());
    }
  }

  /** Beyond the queue, and in it until its patience ends. */
  @ParameterizedTest
  @ValueSource(ints = {TestListener.CONCURRENT + TestListener.QUEUED, TestListener.CONCURRENT})
  void whoWritesALargeBodyFirstReadsThatTheServiceIsOverloaded(int present) throws Exception {
    try (TestListener at = TestListener.start(folder);
        SSLSocket socket = at.connect()) {
      List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
      for (int i = 0; i < present; i++) {
        held.add(at.client().sendAsync(at.get("/held"), BodyHandlers.ofString()));
      }
      at.awaitPresent(present);
      int size = 2 << 20;
      String head =
          String.join(
              "\r\n",
              "POST /large HTTP/1.1",
              "Host: localhost",
              "Content-Type: application/json",
              "DPoP: p",
              "Content-Length: " + size,
              "\r\n");
      write(socket, head + "a".repeat(size));
      // A connection that is closed upon bytes that nobody read is reset, and the answer lost.
      String answer = readAll(socket);
      assertTrue(answer.startsWith("HTTP/1.1 503"), answer);
      at.release();
      for (var each : held) {
        each.get(20, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void theTransportOutlastsTheSlowestAnswer() {
    ListenerSettings settings =
        new ListenerSettings(
            "127.0.0.1",
            0,
            1,
            1,
            8_192,
            1,
            1,
            1,
            1,
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            false);
    TlsMaterial tls = TlsMaterial.selfSigned(folder.resolve("tls"), "localhost");
    Route usual = Route.of(io.vertx.core.http.HttpMethod.GET, "/ok", call -> Answer.empty());
    Route slow = usual.within(Duration.ofMinutes(6));
    // Its turn, its body and its answer, each at the last moment, and the idle time beyond.
    assertEquals(7_000, ServerOptions.of(settings, tls, List.of(usual)).getIdleTimeout());
    assertEquals(365_000, ServerOptions.of(settings, tls, List.of(usual, slow)).getIdleTimeout());
  }

  @Test
  void slowRoutesTakeNoPlaceOfQuickOnes() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      List<CompletableFuture<HttpResponse<String>>> slow = new ArrayList<>();
      for (int i = 0; i < TestListener.SLOW; i++) {
        slow.add(at.client().sendAsync(at.get("/slow"), BodyHandlers.ofString()));
      }
      at.awaitPresent(TestListener.SLOW);
      assertProblem(at.send(at.get("/slow")), ProblemCode.OVERLOADED);
      assertEquals(200, at.send(at.get("/ok")).statusCode());
      at.release();
      for (var answer : slow) {
        assertEquals(200, answer.get(20, TimeUnit.SECONDS).statusCode());
      }
    }
  }

  @Test
  void answersInTimeWhenAnEndpointDoesNot() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      assertProblem(at.send(at.get("/held")), ProblemCode.OVERLOADED);
    }
  }

  @Test
  void limitsTheRateOfAnAddress() throws Exception {
    Limits.Settings narrow = new Limits.Settings(1, 100, 100, Duration.ofSeconds(3), 10, 10);
    try (TestListener at = TestListener.start(folder, narrow)) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, at.send(at.get("/ok")).statusCode());
      }
      HttpResponse<String> refused = at.send(at.get("/ok"));
      assertProblem(refused, ProblemCode.RATE_LIMITED);
      assertNotEquals("", refused.headers().firstValue("Retry-After").orElse(""));
    }
  }

  @Test
  void finishesWhatRunsAndRefusesTheRestWhenDraining() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      var held = at.client().sendAsync(at.get("/held"), BodyHandlers.ofString());
      at.awaitPresent(1);
      assertFalse(at.listener().drain(Duration.ofMillis(50)), "one still runs");
      assertProblem(at.send(at.get("/ok")), ProblemCode.SHUTTING_DOWN);
      at.release();
      assertTrue(at.listener().drain(Duration.ofSeconds(20)));
      assertEquals(200, held.get(20, TimeUnit.SECONDS).statusCode());
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void streamsEventsUntilTheirSourceEnds(HttpClient.Version version) throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      HttpClient client = PinnedTls.client(at.certificate(), version);
      HttpResponse<java.util.stream.Stream<String>> stream =
          client.send(at.get("/events"), BodyHandlers.ofLines());
      assertEquals("text/event-stream", stream.headers().firstValue("Content-Type").orElse(""));
      assertProblem(at.send(at.get("/events")), ProblemCode.OVERLOADED);
      at.awaitSink().event("a.b.c");
      at.awaitSink().end();
      List<String> lines = stream.body().filter(line -> !line.isEmpty()).toList();
      assertTrue(lines.contains("data: a.b.c"), lines.toString());
      assertTrue(lines.contains(": open"), lines.toString());
      assertTrue(at.sourceClosed(), "the source hears that the stream ended");
    }
  }

  @Test
  void closesTheSourceWhenTheStreamIsReset() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      var stream = at.client().send(at.get("/events"), BodyHandlers.ofInputStream());
      at.awaitSink();
      stream.body().close();
      assertTrue(at.sourceClosed());
    }
  }

  @Test
  void closesTheSourceWhenTheReaderLeaves() throws Exception {
    try (TestListener at = TestListener.start(folder)) {
      try (SSLSocket socket = at.connect()) {
        write(socket, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        at.awaitSink();
      }
      assertTrue(at.sourceClosed());
    }
  }

  private static void assertProblem(HttpResponse<String> answer, ProblemCode code)
      throws IOException {
    assertEquals(code.httpStatus(), answer.statusCode(), answer.body());
    assertEquals(
        "application/problem+json", answer.headers().firstValue("Content-Type").orElse(""));
    JsonNode problem = dev.strongroom.core.json.StrictJson.mapper().readTree(answer.body());
    assertEquals(code.wireName(), problem.path("code").asText());
    assertEquals("urn:strongroom:problem:" + code.wireName(), problem.path("type").asText());
    assertEquals(code.httpStatus(), problem.path("status").asInt());
  }

  private static void write(SSLSocket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(US_ASCII));
    out.flush();
  }

  /** Writes to a peer that perhaps has closed already. */
  private static void writeAnyway(SSLSocket socket, String text) {
    try {
      write(socket, text);
    } catch (IOException e) {
      assertFalse(text.isEmpty(), "the peer did not wait for it");
    }
  }

  /** Writes a little; false when the peer has closed. */
  private static boolean drip(SSLSocket socket, String text) {
    try {
      write(socket, text);
      socket.setSoTimeout(50);
      return socket.getInputStream().read() >= 0;
    } catch (java.net.SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static String readSome(SSLSocket socket) throws IOException {
    byte[] some = new byte[4_096];
    try {
      int read = socket.getInputStream().read(some);
      return read <= 0 ? "" : new String(some, 0, read, US_ASCII);
    } catch (java.net.SocketTimeoutException e) {
      return "";
    }
  }

  private static String readAll(SSLSocket socket) throws IOException {
    socket.setSoTimeout(20_000);
    try (InputStream in = socket.getInputStream()) {
      return new String(in.readAllBytes(), US_ASCII);
    }
  }
}
