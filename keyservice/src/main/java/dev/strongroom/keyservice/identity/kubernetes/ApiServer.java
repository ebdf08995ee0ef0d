package dev.strongroom.keyservice.identity.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.config.KubernetesConfig.Credentials;
import dev.strongroom.keyservice.kms.RetryAfter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the API server of one cluster. Each has an end and a place among a bounded number; none
 * is answered from memory. Redirects are not followed and proxies of the JVM not used: tokens of
 * workloads go along. Thread-safe.
 */
public final class ApiServer implements AutoCloseable {
  /** The largest object that an API server stores has about 1.5 MiB (etcd's limit of requests). */
  private static final int MAX_REPLY = 4 << 20;

  private static final int MAX_TOKEN = 64 << 10;
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private final KubernetesConfig config;
  private final HttpClient http;
  private final Semaphore places;
  // Objects of other versions have members that we do not know, and names may repeat in none.
  private final ObjectMapper json = StrictJson.mapper();

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID}, {@link
   *     ProblemCode#KEY_FILE_INSECURE} or {@link ProblemCode#KEY_FILE_MISSING} when its files
   *     cannot be used
   */
  public ApiServer(KubernetesConfig config) {
    this.config = config;
    this.places = new Semaphore(config.concurrentCalls(), true);
    // One connection for each call under way: over a shared one (HTTP/2) calls would go on timing
    // out for as long as the system takes to notice that the other side is gone.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(config.timeout())
            .sslContext(ApiServerTls.context(config))
            .build();
  }

  /** The cluster, as messages name it. */
  public String name() {
    return config.apiServer().getAuthority();
  }

  /**
   * Creates an object that is not stored but answered, such as a review.
   *
   * @return what the server made of it
   * @throws Problem as {@link #get}
   */
  public JsonNode create(String path, JsonNode object) {
    HttpResponse<byte[]> answer = send(request(path).POST(BodyPublishers.ofString(text(object))));
    if (answer.statusCode() != CREATED && answer.statusCode() != OK) {
      throw refused(answer, path);
    }
    return parsed(answer.body());
  }

  /**
   * Reads an object as it is stored now.
   *
   * @return empty when there is none of this name
   * @throws Problem {@link ProblemCode#CLUSTER_UNAVAILABLE} when the server does not answer; {@link
   *     ProblemCode#CLUSTER_ACCESS_REFUSED} when it refuses this service
   */
  public Optional<JsonNode> get(String path) {
    HttpResponse<byte[]> answer = send(request(path).GET());
    return switch (answer.statusCode()) {
      case OK -> Optional.of(parsed(answer.body()));
      case NOT_FOUND -> Optional.empty();
      default -> throw refused(answer, path);
    };
  }

  private HttpRequest.Builder request(String path) {
    String base = config.apiServer().toString();
    String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root + path))
            .timeout(config.timeout())
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("User-Agent", "strongroom");
    return switch (config.credentials()) {
      case Credentials.TokenFile(Path file) ->
          request.header("Authorization", "Bearer " + token(file));
      case Credentials.ClientCertificate _ -> request;
    };
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) {
    HttpRequest ready = request.build();
    try {
      if (!places.tryAcquire(config.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
        throw unavailable("is asked too much at once", null);
      }
      try {
        return sent(ready);
      } finally {
        places.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("was not asked: the service is stopping", e);
    } catch (HttpTimeoutException e) {
      throw unavailable("does not answer within " + config.timeout(), e);
    } catch (IOException e) {
      throw unavailable(
          "is not reached ("
              + e.getClass().getSimpleName()
              + "): check that it runs, and apiServer and caFile",
          e);
    }
  }

  // A kept connection may have ended without our knowing, and no call here changes anything: twice.
  private HttpResponse<byte[]> sent(HttpRequest request) throws IOException, InterruptedException {
    try {
      return whole(request);
    } catch (ConnectException | HttpTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return whole(request);
    }
  }

  // The client's own time-out ends with the head of the answer; a body may take for ever.
  private HttpResponse<byte[]> whole(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_REPLY));
    try {
      return answer.get(config.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new HttpTimeoutException("no whole answer");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
    }
  }

  private Problem refused(HttpResponse<byte[]> answer, String path) {
    int status = answer.statusCode();
    if (status == UNAUTHORIZED || status == FORBIDDEN) {
      return new Problem(
          ProblemCode.CLUSTER_ACCESS_REFUSED,
          "the API server "
              + name()
              + " refuses the key service itself ("
              + status
              + " for "
              + path
              + "): check identity.kubernetes[].credentials, and apply the ClusterRole of"
              + " docs/guide/kubernetes-identity.md");
    }
    return new Problem(
        ProblemCode.CLUSTER_UNAVAILABLE,
        "the API server " + name() + " answers " + status + "; try again",
        null,
        RetryAfter.parse(answer.headers().firstValue("Retry-After").orElse(null)));
  }

  private JsonNode parsed(byte[] body) {
    try {
      return json.readTree(body);
    } catch (IOException e) {
      throw unavailable("does not answer in JSON; check apiServer", e);
    }
  }

  private String text(JsonNode object) {
    try {
      return json.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can be written as JSON", e);
    }
  }

  private String token(Path file) {
    try {
      if (Files.size(file) <= MAX_TOKEN) {
        return Files.readString(file, StandardCharsets.US_ASCII).strip();
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    throw unreadable(file, null);
  }

  private static Problem unreadable(Path file, @Nullable IOException cause) {
    return new Problem(
        ProblemCode.CLUSTER_ACCESS_REFUSED,
        "the token in " + file + " cannot be read: check identity.kubernetes[].credentials",
        cause);
  }

  private Problem unavailable(String what, @Nullable Exception cause) {
    return new Problem(
        ProblemCode.CLUSTER_UNAVAILABLE, "the API server " + name() + " " + what, cause);
  }

  @Override
  public void close() {
    http.close();
  }
}
