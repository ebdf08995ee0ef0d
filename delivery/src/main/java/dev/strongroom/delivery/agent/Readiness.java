package dev.strongroom.delivery.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Answers {@code GET /readyz} on the loopback interface: 200 while a whole model may be used, 503
 * before and after. {@code GET /livez} answers 200.
 */
final class Readiness implements AutoCloseable {
  private final HttpServer server;
  private volatile boolean ready;

  private Readiness(HttpServer server) {
    this.server = server;
  }

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the port is taken
   */
  static Readiness listen(int port) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 16);
      Readiness readiness = new Readiness(server);
      server.createContext("/readyz", exchange -> readiness.answer(exchange, readiness.ready));
      server.createContext("/livez", exchange -> readiness.answer(exchange, true));
      server.start();
      return readiness;
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "readinessPort " + port + " cannot be used (" + e.getMessage() + ")",
          e);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  void set(boolean value) {
    ready = value;
  }

  private void answer(HttpExchange exchange, boolean good) throws IOException {
    try (exchange) {
      boolean get = exchange.getRequestMethod().equals("GET");
      byte[] body =
          (good ? "{\"ready\":true}\n" : "{\"ready\":false}\n").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(get ? (good ? 200 : 503) : 405, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
