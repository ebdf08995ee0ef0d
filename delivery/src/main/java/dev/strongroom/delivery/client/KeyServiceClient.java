package dev.strongroom.delivery.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.client.ServiceConnection.Answer;
import dev.strongroom.delivery.client.ServiceConnection.NoAnswer;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.Timing;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The requests of the grant protocol ({@code docs/spec/grant-protocol.md}), sent and their answers
 * parsed. Nothing is verified here: a grant goes through {@code GrantVerification}, a statement or
 * event about a lease through {@code LeaseMessages}. Safe for several threads.
 *
 * <p>Every method throws {@link Problem}: what the service answers, {@link
 * ProblemCode#SERVICE_UNREACHABLE} when it does not, {@link ProblemCode#TOKEN_MISSING} when there
 * is no token to send, and {@link ProblemCode#MALFORMED_REQUEST} for an answer that cannot be read.
 * Problems that ask for it are retried with growing, random pauses within a deadline, as long as
 * the service cannot have acted already or acting twice does no harm.
 */
public final class KeyServiceClient implements AutoCloseable {
  private static final byte[] NOTHING = new byte[0];

  private final ServiceAddress address;
  private final TokenSource tokens;
  private final ClientLimits limits;
  private final Timing timing;
  private final ProofMaker proofs;
  private final ServiceConnection connection;

  /**
   * @param tls asked once, at the first request: see {@link TlsTrust}
   */
  public KeyServiceClient(
      ServiceAddress address,
      Supplier<SSLContext> tls,
      TokenSource tokens,
      ClientLimits limits,
      Timing timing,
      InstantSource clock) {
    this(
        address, new ServiceConnection(ClientTls.once(tls), limits), tokens, limits, timing, clock);
  }

  private KeyServiceClient(
      ServiceAddress address,
      ServiceConnection connection,
      TokenSource tokens,
      ClientLimits limits,
      Timing timing,
      InstantSource clock) {
    this.address = address;
    this.tokens = tokens;
    this.limits = limits;
    this.timing = timing;
    this.proofs = new ProofMaker(address.origin(), clock, new SecureRandom());
    this.connection = connection;
  }

  /**
   * A client whose certificate may change.
   *
   * @param tls asked for each request
   */
  public static KeyServiceClient rotating(
      ServiceAddress address,
      ClientTls.Source tls,
      TokenSource tokens,
      ClientLimits limits,
      Timing timing,
      InstantSource clock) {
    return new KeyServiceClient(
        address, new ServiceConnection(tls, limits), tokens, limits, timing, clock);
  }

  /**
   * What identifies the sender of one request: a token, the certificate of a connection, or both.
   */
  public static final class Credentials {
    private final String token;
    private final ServiceConnection.Link link;

    private Credentials(String token, ServiceConnection.Link link) {
      this.token = token;
      this.link = link;
    }

    /** The identity token; empty where the certificate alone identifies. */
    public String token() {
      return token;
    }

    /** SHA-256 over the DER of the client certificate; null where there is none. */
    public @Nullable Sha256Digest certificate() {
      return link.certificate();
    }
  }

  /** The origin that requests are signed for. */
  public String origin() {
    return address.origin();
  }

  /** What identifies this client now, for one request. */
  public Credentials credentials() {
    return new Credentials(tokens.token(), connection.link());
  }

  /** A nonce for one request. */
  public Nonce nonce() {
    return parse(retrying(new Call("POST", "/v1/nonces", NOTHING, true), null), Nonce.class);
  }

  /**
   * Asks for a grant, once: a second attempt needs another nonce.
   *
   * @param credentials those that the request names
   */
  public GrantResponse grant(GrantRequest request, Credentials credentials) {
    return parse(once("/v1/grants", request, credentials), GrantResponse.class);
  }

  /** Asks for a draft, once: a second attempt needs another nonce. */
  public DraftResponse draft(DraftRequest request) {
    return parse(once("/v1/drafts", request, null), DraftResponse.class);
  }

  /**
   * Renews a lease, once: whoever counts the sequence decides about another attempt.
   *
   * @return the statement, not verified
   */
  public String renew(SigningKey proofKey, LeaseId lease, long sequence) {
    Call call = new Call("POST", path(lease, "renew"), json(new Lease.Renew(sequence)), false);
    try {
      return parse(requireSuccess(send(call, proofKey)), Lease.Renewed.class).statement();
    } catch (NoAnswer e) {
      throw e.asProblem();
    }
  }

  /** Fresh URLs for these files. */
  public List<ObjectUrl> urls(SigningKey proofKey, LeaseId lease, List<Integer> indexes) {
    Call call = new Call("POST", path(lease, "urls"), json(new Lease.UrlsWanted(indexes)), true);
    return parse(retrying(call, proofKey), Lease.Urls.class).objects();
  }

  /** Acknowledges a wipe. Saying it twice does no harm. */
  public void wiped(SigningKey proofKey, LeaseId lease, Lease.Wiped wiped) {
    retrying(new Call("POST", path(lease, "wiped"), json(wiped), true), proofKey);
  }

  /**
   * Opens the stream of a lease's events.
   *
   * @return the stream; close it to hang up
   */
  public EventStream events(SigningKey proofKey, LeaseId lease) {
    Call call = new Call("GET", path(lease, "events"), NOTHING, false);
    try {
      ServiceConnection.Link link = connection.link();
      HttpResponse<InputStream> response =
          connection.stream(
              link, request(call, link, proofKey).setHeader("Accept", "text/event-stream").build());
      if (response.statusCode() != 200) {
        try (InputStream body = response.body()) {
          throw ProblemDocument.of(response.statusCode(), body.readNBytes(64 << 10), Duration.ZERO);
        } catch (java.io.IOException e) {
          throw ProblemDocument.of(response.statusCode(), NOTHING, Duration.ZERO);
        }
      }
      return new EventStream(response.body());
    } catch (NoAnswer e) {
      throw e.asProblem();
    }
  }

  /**
   * Any other request, with a proof by this key.
   *
   * @param path with its query, for example {@code /v1/leases?model=acme/chat}
   * @param body a record, or null for none
   * @param type of the answer
   */
  public <T> T call(
      SigningKey proofKey, String method, String path, @Nullable Object body, Class<T> type) {
    return parse(retrying(callOf(method, path, body), proofKey), type);
  }

  /**
   * Fetches what is not JSON, such as a tile of the log.
   *
   * @return the body as it came
   */
  public byte[] fetch(SigningKey proofKey, String path) {
    return retrying(callOf("GET", path, null), proofKey).body();
  }

  /** Any other request whose answer is empty. */
  public void call(SigningKey proofKey, String method, String path, @Nullable Object body) {
    retrying(callOf(method, path, body), proofKey);
  }

  // GET, PUT and DELETE may be repeated (RFC 9110 section 9.2.2).
  private static Call callOf(String method, String path, @Nullable Object body) {
    return new Call(method, path, body == null ? NOTHING : json(body), !method.equals("POST"));
  }

  private static final class Call {
    final String method;
    final String path;
    final byte[] body;
    final boolean repeatable;

    Call(String method, String path, byte[] body, boolean repeatable) {
      this.method = method;
      this.path = path;
      this.body = body;
      this.repeatable = repeatable;
    }
  }

  private static String path(LeaseId lease, String what) {
    return "/v1/leases/" + lease.value() + "/" + what;
  }

  private static byte[] json(Object body) {
    return CanonicalJson.writeRecord(body);
  }

  private Answer once(String path, Object body, @Nullable Credentials credentials) {
    try {
      ServiceConnection.Link link = credentials == null ? connection.link() : credentials.link;
      Call call = new Call("POST", path, json(body), false);
      return requireSuccess(connection.send(link, request(call, link, null).build()));
    } catch (NoAnswer e) {
      throw e.asProblem();
    }
  }

  private Answer retrying(Call call, @Nullable SigningKey proofKey) {
    Retry retry = new Retry(limits.retry(), timing);
    while (true) {
      try {
        Answer answer = send(call, proofKey);
        if (answer.status() / 100 == 2) {
          return answer;
        }
        Problem problem = refusal(answer);
        if (problem.code().category() != ProblemCode.Category.RETRY) {
          throw problem;
        }
        retry.pauseOrThrow(problem);
      } catch (NoAnswer e) {
        if (e.sent() && !call.repeatable) {
          throw e.asProblem();
        }
        retry.pauseOrThrow(e.asProblem());
      }
    }
  }

  private static Answer requireSuccess(Answer answer) {
    if (answer.status() / 100 != 2) {
      throw refusal(answer);
    }
    return answer;
  }

  private static Problem refusal(Answer answer) {
    return ProblemDocument.of(answer.status(), answer.body(), retryAfter(answer));
  }

  private static Duration retryAfter(Answer answer) {
    try {
      return answer.retryAfter() == null
          ? Duration.ZERO
          : Duration.ofSeconds(Math.clamp(Long.parseLong(answer.retryAfter()), 0, 3600));
    } catch (NumberFormatException e) {
      return Duration.ZERO; // A date: our own pause has to do.
    }
  }

  private Answer send(Call call, @Nullable SigningKey proofKey) throws NoAnswer {
    ServiceConnection.Link link = connection.link();
    return connection.send(link, request(call, link, proofKey).build());
  }

  private HttpRequest.Builder request(
      Call call, ServiceConnection.Link link, @Nullable SigningKey proofKey) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.base().resolve(call.path))
            .timeout(limits.answer())
            .header("Accept", "application/json");
    if (call.body.length > 0) {
      request.header("Content-Type", "application/json");
      request.method(call.method, HttpRequest.BodyPublishers.ofByteArray(call.body));
    } else {
      request.method(call.method, HttpRequest.BodyPublishers.noBody());
    }
    if (proofKey != null) {
      String token = tokens.token();
      if (!token.isEmpty()) {
        request.header("Authorization", "DPoP " + token);
      }
      ProofMaker.Sent sent = new ProofMaker.Sent(call.method, call.path, token, link.certificate());
      request.header("DPoP", proofs.prove(proofKey, sent, call.body));
    }
    return request;
  }

  private <T> T parse(Answer answer, Class<T> type) {
    if (type == JsonNode.class) {
      return type.cast(CanonicalJson.parse(answer.body(), limits.maxBytes()));
    }
    return CanonicalJson.parse(answer.body(), type, limits.maxBytes());
  }

  @Override
  public void close() {
    connection.close();
  }
}
