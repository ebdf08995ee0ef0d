package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/** A listener with endpoints that echo, hang, fail and stream. */
final class TestListener implements AutoCloseable {
  static final int MAX_BODY = 1_000;
  static final int CONCURRENT = 2;
  static final int QUEUED = 2;
  static final int SLOW = 8;

  private static final Limits.Settings WIDE =
      new Limits.Settings(100_000, 100_000, 100_000, Duration.ofSeconds(1), 1_000, 1_000);

  private final CountDownLatch release = new CountDownLatch(1);
  private final CompletableFuture<EventSource.Sink> sink = new CompletableFuture<>();
  private final CountDownLatch sourceClosed = new CountDownLatch(1);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TlsMaterial tls;
  private final ApiListener listener;
  private final HttpClient client;

  private TestListener(Path folder, Limits.Settings limits) {
    this.tls = TlsMaterial.selfSigned(folder.resolve("tls"), "localhost");
    this.listener =
        ApiListener.start(
            Vertx.vertx(new VertxOptions()),
            new ListenerSettings(
                "127.0.0.1",
                0,
                2,
                64,
                8_192,
                100_000,
                CONCURRENT,
                QUEUED,
                1,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                false),
            tls,
            routes(),
            new Limits(limits),
            meters);
    this.client = PinnedTls.client(tls.certificate(), HttpClient.Version.HTTP_2);
  }

  static TestListener start(Path folder) {
    return new TestListener(folder, WIDE);
  }

  static TestListener start(Path folder, Limits.Settings limits) {
    return new TestListener(folder, limits);
  }

  private List<Route> routes() {
    return List.of(
        Route.withBody(
            HttpMethod.POST,
            "/echo",
            MAX_BODY,
            call -> new Answer.Whole(200, "application/json", call.body())),
        Route.of(HttpMethod.POST, "/nothing-in", call -> Answer.empty()),
        Route.of(HttpMethod.GET, "/ok", call -> Answer.json(List.of())),
        Route.of(HttpMethod.GET, "/held", call -> held()),
        Route.withBody(HttpMethod.POST, "/large", 2 << 20, new Guarded())
            .within(Duration.ofSeconds(30)),
        Route.of(HttpMethod.GET, "/slow", call -> held()).within(Duration.ofSeconds(30)),
        Route.of(
            HttpMethod.GET,
            "/fault",
            call -> {
              throw new IllegalStateException("a secret in a message");
            }),
        Route.of(HttpMethod.GET, "/events", call -> new Answer.Events(this::open)));
  }

  /** Reads large bodies for whoever sends the proof {@code p}. */
  private static final class Guarded implements Endpoint {
    @Override
    public Answer answer(Call call) {
      throw new IllegalStateException("nobody asked who sends this body");
    }

    @Override
    public Admission admit(Call head) {
      if (!head.proofs().equals(List.of("p"))) {
        throw new Problem(ProblemCode.PROOF_INVALID, "this proof is made up");
      }
      return new Admission(
          call -> new Answer.Whole(200, "application/json", call.body()), () -> {});
    }
  }

  private Answer held() {
    try {
      if (release.await(30, TimeUnit.SECONDS)) {
        return Answer.json(List.of());
      }
      throw new Problem(ProblemCode.INTERNAL, "never released");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.INTERNAL, "interrupted", e);
    }
  }

  private AutoCloseable open(EventSource.Sink opened) {
    sink.complete(opened);
    return sourceClosed::countDown;
  }

  ApiListener listener() {
    return listener;
  }

  TlsMaterial tls() {
    return tls;
  }

  Path certificate() {
    return tls.certificate();
  }

  HttpClient client() {
    return client;
  }

  void release() {
    release.countDown();
  }

  EventSource.Sink awaitSink() throws Exception {
    return sink.get(20, TimeUnit.SECONDS);
  }

  boolean sourceClosed() throws InterruptedException {
    return sourceClosed.await(20, TimeUnit.SECONDS);
  }

  /** Waits until so many requests run or wait. */
  void awaitPresent(int count) {
    long began = System.nanoTime();
    while (meters.get("strongroom.http.requests").gauge().value() < count) {
      if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(20)) {
        throw new IllegalStateException("the requests did not arrive");
      }
      Thread.onSpinWait();
    }
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + listener.port() + path))
        .timeout(Duration.ofSeconds(20));
  }

  HttpRequest.Builder json(String path) {
    return request(path).header("Content-Type", "application/json");
  }

  HttpRequest get(String path) {
    return request(path).GET().build();
  }

  HttpRequest post(String path, String body) {
    return json(path).POST(BodyPublishers.ofString(body)).build();
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString());
  }

  SSLSocket connect() throws IOException {
    return (SSLSocket)
        PinnedTls.context(tls.certificate())
            .getSocketFactory()
            .createSocket("127.0.0.1", listener.port());
  }

  @Override
  public void close() {
    release.countDown();
    client.close();
    listener.close();
  }
}
