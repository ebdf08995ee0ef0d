package dev.strongroom.cli.command;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.strongroom.cli.publish.TestTls;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A service over HTTPS that gives, to each request, the answers that a test wrote, one by one. */
final class ScriptedAnswers implements AutoCloseable {
  private record Answer(int status, String body) {}

  private final HttpsServer server;
  private final Map<String, Queue<Answer>> answers = new ConcurrentHashMap<>();
  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());

  ScriptedAnswers() throws IOException, GeneralSecurityException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(TestTls.files())));
    server.createContext("/", this::handle);
    server.start();
  }

  private static SSLContext context(SelfSignedKeyStore tls)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(tls.keyStore())) {
      store.load(in, tls.password().toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, tls.password().toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  String origin() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  Path certificate() {
    return TestTls.files().certificate();
  }

  /** The next answer to such a request, {@code POST /v1/keys/rewrap} for example. */
  void next(String request, int status, String body) {
    answers
        .computeIfAbsent(request, absent -> new ConcurrentLinkedQueue<>())
        .add(new Answer(status, body));
  }

  /** The bodies that came, but for empty ones. */
  List<String> bodies() {
    return bodies;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (!body.isEmpty()) {
        bodies.add(body);
      }
      Queue<Answer> waiting = answers.get(request);
      Answer answer = waiting == null ? null : waiting.poll();
      byte[] content = (answer == null ? "{}" : answer.body()).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer == null ? 404 : answer.status(), content.length);
      exchange.getResponseBody().write(content);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
