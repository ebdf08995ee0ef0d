package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.RetryAfter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of Vault's HTTP API, each on one of the kept connections. Redirects are not followed: the
 * token would go along to a host that the configuration does not name.
 */
final class VaultClient {
  /** A wrapped key and its surroundings have less than 1 KiB; a key with many versions more. */
  private static final long MAX_REPLY = 1L << 20;

  private final HttpClient http;
  private final URI base;
  private final @Nullable String namespace;

  VaultClient(HttpClient http, KekConfig.Vault config) {
    this.http = http;
    this.base = config.address().resolve("/v1/");
    this.namespace = config.namespace();
  }

  /** Reads; the caller closes the reply. */
  VaultReply get(String path, String token, Deadline deadline) {
    return send(request(path, token, deadline).GET().build());
  }

  /** Writes a JSON body, which the caller overwrites; the caller closes the reply. */
  VaultReply post(String path, byte[] body, String token, Deadline deadline) {
    return send(
        request(path, token, deadline)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build());
  }

  private HttpRequest.Builder request(String path, String token, Deadline deadline) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(deadline.left())
            .header("X-Vault-Request", "true")
            .header("X-Vault-Token", token);
    return namespace == null ? request : request.header("X-Vault-Namespace", namespace);
  }

  private VaultReply send(HttpRequest request) {
    try {
      HttpResponse<byte[]> response =
          http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_REPLY));
      return new VaultReply(
          response.statusCode(),
          response.body(),
          RetryAfter.parse(response.headers().firstValue("Retry-After").orElse(null)));
    } catch (HttpTimeoutException e) {
      throw away("Vault at " + base.getAuthority() + " does not answer in time", e);
    } catch (IOException e) {
      throw away(
          "Vault at "
              + base.getAuthority()
              + " is not reached ("
              + e.getClass().getSimpleName()
              + "): check that it runs, and the address and caFile of kek.vault",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw away("the call of Vault was interrupted", e);
    }
  }

  // The causes are of the JDK and speak of connections; they hold neither header nor body.
  private static Problem away(String message, Exception cause) {
    return new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, message, cause);
  }
}
