package dev.strongroom.cli.connect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one key service, each answered by JSON or refused with a {@link Problem}. Safe for
 * several threads.
 */
public final class ServiceConnection implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
  private static final int MAX_ANSWER = 64 << 20;

  private final URI origin;
  private final TokenFile token;
  private final InstantSource clock;
  private final SecureRandom random;
  private final HttpClient client;

  /**
   * @param origin scheme, host and port, without a path
   * @param tls whom to trust as the service
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the origin is not HTTPS
   */
  public ServiceConnection(
      URI origin, SSLContext tls, TokenFile token, InstantSource clock, SecureRandom random) {
    this.origin = ServiceOrigin.check(origin);
    this.token = token;
    this.clock = clock;
    this.random = random;
    SSLParameters tls13 = new SSLParameters();
    tls13.setProtocols(new String[] {"TLSv1.3"});
    this.client =
        HttpClient.newBuilder()
            .sslContext(tls)
            .sslParameters(tls13)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
  }

  public URI origin() {
    return origin;
  }

  /** The identity token as it is now. */
  public String token() {
    return token.read();
  }

  /**
   * A request that carries its own proof, or needs none.
   *
   * @param body null for an empty one
   * @throws Problem what the service answers, or {@link ProblemCode#SERVICE_UNREACHABLE}
   */
  public <T> T post(String path, @Nullable Object body, Class<T> answer) {
    byte[] bytes = bytes(body);
    return parse(send(request("POST", path, bytes)), answer);
  }

  /**
   * A request bound to a key (RFC 9449) and to its body.
   *
   * @param path with query where there is one
   * @param body null for an empty one
   * @throws Problem as {@link #post}
   */
  public <T> T call(
      String method, String path, @Nullable Object body, SigningKey proofKey, Class<T> answer) {
    return parse(callForBytes(method, path, body, proofKey), answer);
  }

  /** As {@link #call}, for an answer that is not JSON, or none. */
  public byte[] callForBytes(
      String method, String path, @Nullable Object body, SigningKey proofKey) {
    byte[] bytes = bytes(body);
    String accessToken = token.read();
    HttpRequest.Builder request = request(method, path, bytes);
    request.header("Authorization", "DPoP " + accessToken);
    request.header("DPoP", proof(method, path, bytes, accessToken, proofKey));
    return send(request);
  }

  private String proof(
      String method, String path, byte[] body, String accessToken, SigningKey proofKey) {
    byte[] jti = new byte[16];
    random.nextBytes(jti);
    int query = path.indexOf('?');
    DpopClaims claims =
        new DpopClaims(
            Base64.getUrlEncoder().withoutPadding().encodeToString(jti),
            method,
            origin + (query < 0 ? path : path.substring(0, query)),
            clock.instant().getEpochSecond(),
            DpopClaims.tokenHash(accessToken),
            Sha256Digest.of(body));
    return proofKey.signWithKey(MessageType.DPOP, CanonicalJson.writeRecord(claims));
  }

  private HttpRequest.Builder request(String method, String path, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(origin + path)).timeout(ANSWER_TIMEOUT);
    if (body.length == 0) {
      return request.method(method, HttpRequest.BodyPublishers.noBody());
    }
    return request
        .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
        .header("Content-Type", "application/json");
  }

  private byte[] send(HttpRequest.Builder request) {
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      byte[] body;
      try (InputStream in = response.body()) {
        body = in.readNBytes(MAX_ANSWER + 1);
      }
      if (body.length > MAX_ANSWER) {
        throw new Problem(ProblemCode.TOO_LARGE, "the answer is larger than 64 MiB");
      }
      if (response.statusCode() / 100 != 2) {
        throw ProblemDocument.toProblem(response.statusCode(), body);
      }
      return body;
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.SERVICE_UNREACHABLE,
          "the key service at " + origin + " cannot be reached: " + reason(e),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SERVICE_UNREACHABLE, "interrupted while waiting", e);
    }
  }

  private static String reason(IOException e) {
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private static byte[] bytes(@Nullable Object body) {
    try {
      return body == null ? new byte[0] : StrictJson.mapper().writeValueAsBytes(body);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException("a message is always JSON", e);
    }
  }

  private static <T> T parse(byte[] answer, Class<T> type) {
    if (type == JsonNode.class) {
      return type.cast(CanonicalJson.parse(answer, MAX_ANSWER));
    }
    return CanonicalJson.parse(answer, type, MAX_ANSWER);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
