package dev.strongroom.keyservice.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.Jwks;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The fetch of a key set, against a server that misbehaves. */
class UrlJwksLoaderTest {
  private static final String SET = new TestIssuer(TokenAlgorithm.ES256, "k").jwks();

  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger requests = new AtomicInteger();
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    answer("/good", 200, SET.getBytes(StandardCharsets.UTF_8));
    answer("/missing", 404, SET.getBytes(StandardCharsets.UTF_8));
    answer("/largest", 200, new byte[TokenKeys.MAX_BYTES]);
    answer("/large", 200, new byte[TokenKeys.MAX_BYTES + 1]);
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().add("Location", "/good");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.createContext("/silent", exchange -> waitForEnd());
    server.createContext("/slow", this::beginAndStop);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    client.close();
  }

  private void answer(String path, int status, byte[] body) {
    server.createContext(
        path,
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(status, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
  }

  private void beginAndStop(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 1000);
    exchange.getResponseBody().write('{');
    exchange.getResponseBody().flush();
    waitForEnd();
  }

  private void waitForEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private UrlJwksLoader loader(String path) {
    return new UrlJwksLoader(
        client,
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path),
        Duration.ofMillis(500),
        Duration.ofMinutes(10));
  }

  @Test
  void fetchesAWholeSet() throws Exception {
    assertEquals(SET, new String(loader("/good").load().orElseThrow(), StandardCharsets.UTF_8));
    assertEquals(TokenKeys.MAX_BYTES, loader("/largest").load().orElseThrow().length);
  }

  @Test
  void whateverElseComesIsAFailure() {
    for (String path : new String[] {"/missing", "/moved", "/large", "/silent", "/slow", "/none"}) {
      assertThrows(IOException.class, () -> loader(path).load(), path);
    }
    assertEquals(2, requests.get(), "the redirect was not followed");
  }

  @Test
  void aClientThatFollowsRedirectsIsRefused() {
    try (HttpClient following =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new UrlJwksLoader(
                  following, URI.create("https://a.example"), Duration.ZERO, Duration.ZERO));
    }
  }

  @Test
  void onlyHttpsCanBeConfigured() {
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> new Jwks.Url(URI.create("http://a.example"))).code());
    assertEquals("https", new Jwks.Url(URI.create("https://a.example")).url().getScheme());
    assertTrue(
        JwksProbe.fault(
                new Jwks.Url(URI.create("https://127.0.0.1:1/")), client, Duration.ofMillis(500))
            .isPresent());
  }
}
