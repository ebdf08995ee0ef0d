package dev.strongroom.delivery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A key service that follows a script, over real TLS: it gives whoever asks a proper grant, unless
 * an answer was laid in for the path. It checks every proof as the specification says.
 */
public final class ScriptedService implements AutoCloseable {
  /** An answer that a script lays in. */
  public record Canned(int status, Map<String, String> headers, String body) {
    public static Canned problem(ProblemCode code) {
      return new Canned(
          code.httpStatus(),
          Map.of("Content-Type", "application/problem+json"),
          "{\"type\":\"urn:strongroom:problem:"
              + code.wireName()
              + "\",\"title\":\"no\",\"status\":"
              + code.httpStatus()
              + ",\"code\":\""
              + code.wireName()
              + "\",\"detail\":\"said the script\"}");
    }
  }

  /** A request as it came. */
  public record Seen(String method, String path, String body, String token, String jti) {}

  /** Making a certificate takes a second: one serves all tests of a process. */
  private static final class Shared {
    static final SelfSignedKeyStore TLS = SelfSignedKeyStore.in(folder());

    private static Path folder() {
      try {
        return Files.createTempDirectory("strongroom-test-tls");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private final TestAuthority authority;
  private final SealedVersion version;
  private final IntFunction<ObjectUrl> urls;
  private final HttpsServer server;
  private final SelfSignedKeyStore tls;
  private final Map<String, Deque<Canned>> canned = new ConcurrentHashMap<>();
  private final Set<String> proofs = ConcurrentHashMap.newKeySet();
  private final AtomicInteger nonces = new AtomicInteger();
  private final Map<String, LinkedBlockingQueue<String>> events = new HashMap<>();
  private volatile @Nullable Grant grant;

  public final LinkedBlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
  public final LinkedBlockingQueue<Lease.Wiped> wiped = new LinkedBlockingQueue<>();
  public volatile long leaseSeconds = 600;
  public volatile long renewAfterSeconds = 300;
  public volatile Function<GrantResponse, GrantResponse> answer = response -> response;

  public ScriptedService(
      TestAuthority authority, SealedVersion version, IntFunction<ObjectUrl> urls) {
    this.authority = authority;
    this.version = version;
    this.urls = urls;
    this.tls = Shared.TLS;
    try {
      this.server =
          HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
      server.setHttpsConfigurator(new HttpsConfigurator(context(tls)));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  private static SSLContext context(SelfSignedKeyStore tls)
      throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(tls.keyStore())) {
      keys.load(in, tls.password().toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, tls.password().toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  public String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort();
  }

  public Path certificate() {
    return tls.certificate();
  }

  /** The next requests to paths that end so get these answers. */
  public void lay(String pathEnd, Canned... answers) {
    canned.computeIfAbsent(pathEnd, key -> new ConcurrentLinkedDeque<>()).addAll(List.of(answers));
  }

  /** Pushes the end of the current lease. */
  public void push(Lease.EndCause cause) {
    String path = "/v1/leases/" + current().lease().value() + "/events";
    synchronized (events) {
      events
          .computeIfAbsent(path, key -> new LinkedBlockingQueue<>())
          .add(authority.end(current(), cause));
    }
  }

  private Grant current() {
    Grant held = grant;
    if (held == null) {
      throw new IllegalStateException("nothing was granted");
    }
    return held;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getRawPath();
      try {
        Canned laid = laid(path);
        String proven = exchange.getRequestHeaders().getFirst("DPoP");
        String jti = proven == null ? "" : check(exchange, proven, body);
        record(exchange, path, body, jti);
        if (laid != null) {
          respond(exchange, laid);
        } else if (path.endsWith("/events")) {
          stream(exchange);
        } else {
          respond(exchange, answer(path, body));
        }
      } catch (Problem e) {
        respond(exchange, Canned.problem(e.code()));
      }
    }
  }

  private void record(HttpExchange exchange, String path, byte[] body, String jti) {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    seen.add(
        new Seen(
            exchange.getRequestMethod(),
            path,
            new String(body, StandardCharsets.UTF_8),
            authorization == null ? "" : authorization,
            jti));
  }

  private @Nullable Canned laid(String path) {
    for (Map.Entry<String, Deque<Canned>> entry : canned.entrySet()) {
      if (path.endsWith(entry.getKey())) {
        Canned next = entry.getValue().poll();
        if (next != null) {
          return next;
        }
      }
    }
    return null;
  }

  private String check(HttpExchange exchange, String proof, byte[] body) {
    UnverifiedJws jws =
        UnverifiedJws.parse(
            proof, MessageType.DPOP, DpopClaims.MAX_CHARS, ProblemCode.PROOF_INVALID);
    DpopClaims claims =
        CanonicalJson.parse(
            jws.verify(jws.headerKey(), ProblemCode.PROOF_INVALID),
            DpopClaims.class,
            DpopClaims.MAX_CHARS);
    Grant held = grant;
    boolean ours = held == null || PublicKeys.thumbprint(jws.headerKey()).equals(held.cnf().jkt());
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    boolean right =
        ours
            && claims.htm().equals(exchange.getRequestMethod())
            && claims.htu().equals(TestAuthority.ORIGIN + exchange.getRequestURI().getRawPath())
            && claims.bodyHash().equals(Sha256Digest.of(body))
            && token.equals("DPoP " + token.substring(5))
            && claims.ath().equals(DpopClaims.tokenHash(token.substring(5)));
    if (!right) {
      throw new Problem(ProblemCode.PROOF_INVALID, "the proof is about something else");
    }
    if (!proofs.add(claims.jti())) {
      throw new Problem(ProblemCode.PROOF_REPLAYED, "the proof was used before");
    }
    return claims.jti();
  }

  private Canned answer(String path, byte[] body) {
    if (path.equals("/v1/nonces")) {
      return json(201, new Nonce("n".repeat(40) + nonces.incrementAndGet(), 1));
    }
    if (path.equals("/v1/grants")) {
      return json(200, grant(body));
    }
    if (path.endsWith("/renew")) {
      Lease.Renew renew = CanonicalJson.parse(body, Lease.Renew.class, 1 << 16);
      return json(200, new Lease.Renewed(authority.statement(current(), renew.sequence())));
    }
    if (path.endsWith("/urls")) {
      Lease.UrlsWanted wanted = CanonicalJson.parse(body, Lease.UrlsWanted.class, 1 << 16);
      return json(200, new Lease.Urls(wanted.indexes().stream().map(urls::apply).toList()));
    }
    if (path.endsWith("/wiped")) {
      wiped.add(CanonicalJson.parse(body, Lease.Wiped.class, 1 << 16));
      return new Canned(204, Map.of(), "");
    }
    throw new Problem(ProblemCode.NOT_FOUND, "no such path");
  }

  private GrantResponse grant(byte[] body) {
    GrantRequest request = CanonicalJson.parse(body, GrantRequest.class, 1 << 20);
    TestAuthority.Terms terms = authority.terms(request, leaseSeconds, renewAfterSeconds, 0);
    Grant given = authority.grant(terms, version.manifest());
    GrantResponse response =
        authority.answer(
            given,
            terms.body(),
            version,
            version.manifest().files().stream().map(file -> urls.apply(file.index())).toList());
    grant = given;
    return answer.apply(response);
  }

  private static Canned json(int status, Object body) {
    return new Canned(
        status,
        Map.of("Content-Type", "application/json"),
        new String(CanonicalJson.writeRecord(body), StandardCharsets.UTF_8));
  }

  // The newest stream of a lease hears what is pushed: an older one, or one of another lease, may
  // wait here still although its client has hung up.
  private LinkedBlockingQueue<String> eventsOf(String path) {
    LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
    synchronized (events) {
      LinkedBlockingQueue<String> older = events.put(path, queue);
      if (older != null) {
        older.drainTo(queue);
      }
    }
    return queue;
  }

  private void stream(HttpExchange exchange) throws IOException {
    LinkedBlockingQueue<String> own = eventsOf(exchange.getRequestURI().getRawPath());
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(": open\n\n".getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
    try {
      String event = "event: ended\ndata: " + own.take() + "\n\n";
      exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void respond(HttpExchange exchange, Canned answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /** For files whose writing cannot fail in a test. */
  public static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
