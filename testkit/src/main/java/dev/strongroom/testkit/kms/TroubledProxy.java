package dev.strongroom.testkit.kms;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Stands before an HTTP backend on the loopback interface and makes trouble when told to: nobody
 * listens, nobody answers, every call, every other or the next few get a canned answer, or answers
 * come late or are changed on their way.
 */
public final class TroubledProxy implements AutoCloseable {
  /** Headers that the client sets by itself. */
  private static final Set<String> OWN =
      Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding");

  private final URI target;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final int port;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger troubled = new AtomicInteger();
  private volatile @Nullable HttpServer server;
  private volatile Canned canned = new Canned(200, "", "");
  private volatile UnaryOperator<String> change = UnaryOperator.identity();
  private volatile CountDownLatch open = new CountDownLatch(0);
  private volatile boolean everyOther;
  private volatile Duration delay = Duration.ZERO;

  /**
   * @param retryAfter of the header; empty for none
   */
  private record Canned(int status, String body, String retryAfter) {}

  /** Listens, and forwards to this URL. */
  public TroubledProxy(URI target) {
    this.target = target;
    HttpServer first = listen(0);
    this.server = first;
    this.port = first.getAddress().getPort();
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Calls that came in so far. */
  public int calls() {
    return calls.get();
  }

  /** Nobody listens any more; open connections end. */
  public synchronized void takeAway() {
    HttpServer running = server;
    if (running != null) {
      running.stop(0);
      server = null;
    }
  }

  /** Calls are taken, and get no answer until the trouble ends. */
  public void hang() {
    open = new CountDownLatch(1);
  }

  /** The next calls get this answer, and do not reach the backend. */
  public void answer(int times, int status, String body) {
    answer(times, status, body, "");
  }

  /** The same with a header {@code Retry-After}; an empty one is left out. */
  public void answer(int times, int status, String body, String retryAfter) {
    canned = new Canned(status, body, retryAfter);
    troubled.set(times);
  }

  /** Every other call gets this answer until the trouble ends, and does not reach the backend. */
  public void answerEveryOther(int status, String body) {
    canned = new Canned(status, body, "");
    everyOther = true;
  }

  /** Calls wait so long before they reach the backend. */
  public void slow(Duration by) {
    delay = by;
  }

  /** Answers of the backend are changed so. */
  public void change(UnaryOperator<String> answer) {
    this.change = answer;
  }

  /** Ends all trouble. */
  public synchronized void bringBack() {
    troubled.set(0);
    everyOther = false;
    delay = Duration.ZERO;
    change = UnaryOperator.identity();
    open.countDown();
    if (server == null) {
      server = listen(port);
    }
  }

  private HttpServer listen(int wanted) {
    try {
      HttpServer listening =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 128);
      listening.setExecutor(threads);
      listening.createContext("/", this::handle);
      listening.start();
      return listening;
    } catch (IOException e) {
      throw new UncheckedIOException("no place to listen", e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    int call = calls.incrementAndGet();
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      open.await();
      LockSupport.parkNanos(delay.toNanos());
      if (troubled.getAndUpdate(left -> left > 0 ? left - 1 : 0) > 0
          || (everyOther && call % 2 == 0)) {
        Canned now = canned;
        if (!now.retryAfter().isEmpty()) {
          exchange.getResponseHeaders().set("Retry-After", now.retryAfter());
        }
        respond(exchange, now.status(), now.body().getBytes(StandardCharsets.UTF_8));
        return;
      }
      HttpResponse<byte[]> answer =
          client.send(request(exchange, body), HttpResponse.BodyHandlers.ofByteArray());
      respond(exchange, answer.statusCode(), changed(answer.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private byte[] changed(byte[] body) {
    return change.apply(new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
  }

  private HttpRequest request(HttpExchange exchange, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.resolve(exchange.getRequestURI().toString()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> {
          if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> request.header(name, value));
          }
        });
    return request.build();
  }

  private static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    open.countDown();
    takeAway();
    threads.shutdownNow();
    client.shutdownNow();
  }
}
