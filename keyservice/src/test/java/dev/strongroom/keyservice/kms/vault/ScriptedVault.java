package dev.strongroom.keyservice.kms.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers as Vault does in moods that a real one cannot be brought into at will. It knows one token
 * and one sound key; what it says to encrypt, decrypt and rewrap is the test's choice.
 */
final class ScriptedVault implements AutoCloseable {
  private static final String TOKEN_INFO =
      "{\"data\":{\"ttl\":3600,\"renewable\":true,\"policies\":[\"strongroom\"]}}";
  static final String SOUND_KEY =
      "{\"data\":{\"type\":\"aes256-gcm96\",\"derived\":true,\"exportable\":false,"
          + "\"allow_plaintext_backup\":false,\"deletion_allowed\":false,\"latest_version\":1,"
          + "\"min_decryption_version\":1,\"keys\":{\"1\":1}}}";

  /** One answer. */
  record Answer(int status, String body, Map<String, String> headers) {}

  /** One request, as far as tests look at it. */
  record Seen(String path, Map<String, List<String>> headers, String body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private volatile Answer answer = new Answer(200, "{}", Map.of());
  private volatile Answer key = new Answer(200, SOUND_KEY, Map.of());
  private volatile boolean silent;

  ScriptedVault() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void answers(int status, String body) {
    answers(status, body, Map.of());
  }

  void answers(int status, String body, Map<String, String> headers) {
    answer = new Answer(status, body, headers);
  }

  /** What it says of the key from now on. */
  void describesKey(String body) {
    answersForKey(200, body);
  }

  /** How it answers whoever asks for the key from now on. */
  void answersForKey(int status, String body) {
    key = new Answer(status, body, Map.of());
  }

  /** From now on it takes requests and says nothing. */
  void fallSilent() {
    silent = true;
  }

  List<Seen> seen() {
    return List.copyOf(seen);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      seen.add(new Seen(path, Map.copyOf(exchange.getRequestHeaders()), request));
      Answer given =
          path.endsWith("/lookup-self")
              ? new Answer(200, TOKEN_INFO, Map.of())
              : path.startsWith("/v1/transit/keys/") ? key : answer;
      if (silent) {
        closing.await();
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      given.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] body = given.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(given.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.close();
  }
}
