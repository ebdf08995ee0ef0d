package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Health and metrics on a listener of their own, so that a flood of requests for grants does not
 * silence them, and so that they need not be reachable for workloads. TLS with the certificate of
 * the service.
 */
public final class ManagementListener {
  private static final long START_SECONDS = 30;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;

  private ManagementListener(HttpServer server) {
    this.server = server;
  }

  /**
   * Listens.
   *
   * @param port 0 for a free one
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot
   */
  public static ManagementListener start(
      Vertx vertx,
      String host,
      int port,
      TlsMaterial tls,
      Readiness readiness,
      PrometheusMeterRegistry meters) {
    HttpServer server =
        vertx
            .createHttpServer(
                ServerOptions.tls(tls)
                    .setHost(host)
                    .setPort(port)
                    .setIdleTimeout(30)
                    .setIdleTimeoutUnit(TimeUnit.SECONDS))
            .requestHandler(request -> answer(vertx, request, readiness, meters));
    try {
      server.listen().await(START_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "management: cannot listen on " + host + ":" + port + ": " + e.getMessage(),
          e);
    }
    return new ManagementListener(server);
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  private static void answer(
      Vertx vertx, HttpServerRequest request, Readiness readiness, PrometheusMeterRegistry meters) {
    Reply reply = new Reply(request);
    if (!request.method().equals(HttpMethod.GET)) {
      reply.send(
          ProblemDocument.of(
              ProblemCode.METHOD_NOT_ALLOWED, "health and metrics are read with GET", null));
      return;
    }
    switch (request.path()) {
      case "/livez" -> reply.send(new Answer.Whole(200, TEXT, bytes("alive\n")));
      case "/readyz" -> later(vertx, reply, () -> ready(readiness.report()));
      case "/metrics" ->
          later(vertx, reply, () -> new Answer.Whole(200, METRICS, bytes(meters.scrape())));
      case null, default ->
          reply.send(
              ProblemDocument.of(
                  ProblemCode.NOT_FOUND, "there are /livez, /readyz and /metrics here", null));
    }
  }

  private static void later(Vertx vertx, Reply reply, Supplier<Answer.Whole> work) {
    Context context = vertx.getOrCreateContext();
    Thread.ofVirtual()
        .name("management")
        .start(() -> {
          try {
            Answer.Whole answer = work.get();
            context.runOnContext(run -> reply.send(answer));
          } catch (RuntimeException e) {
            ProblemDocument problem = ProblemDocument.of(e);
            context.runOnContext(run -> reply.send(problem));
          }
        });
  }

  private static Answer.Whole ready(Readiness.Report report) {
    return Answer.json(report.ready() ? 200 : 503, report);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
