package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Arrays;

/**
 * Calls of Vault's HTTP API, each on one of the kept connections. Redirects are not followed: the
 * token would go along to a host that the configuration does not name.
 */
final class VaultClient {
  /** A wrapped key and its surroundings have less than 1 KiB; a key with many versions more. */
  static final int MAX_REPLY = 1 << 20;

  private final VaultConnections connections;
  private final URI base;
  private final String headers;

  VaultClient(VaultConnections connections, KekConfig.Vault config) {
    this.connections = connections;
    this.base = config.address().resolve("/v1/");
    this.headers =
        " HTTP/1.1\r\nHost: "
            + base.getAuthority()
            + "\r\nUser-Agent: strongroom\r\nX-Vault-Request: true\r\n"
            + (config.namespace() == null
                ? ""
                : "X-Vault-Namespace: " + config.namespace() + "\r\n")
            + "X-Vault-Token: ";
  }

  /** Reads; the caller closes the reply. */
  VaultReply get(String path, String token, Deadline deadline) {
    byte[] request = (head("GET ", path, token) + "\r\n").getBytes(US_ASCII);
    return send(() -> connections.exchange(request, deadline));
  }

  /**
   * Writes a JSON body, which the caller overwrites, perhaps twice when a connection ends; the
   * caller closes the reply.
   */
  VaultReply post(String path, byte[] body, String token, Deadline deadline) {
    byte[] request = request(path, body, token);
    try {
      return send(() -> connections.exchange(request, deadline));
    } finally {
      Arrays.fill(request, (byte) 0);
    }
  }

  /** The same, once at most. */
  VaultReply postOnce(String path, byte[] body, String token, Deadline deadline) {
    byte[] request = request(path, body, token);
    return send(() -> connections.exchangeOnce(request, deadline));
  }

  private byte[] request(String path, byte[] body, String token) {
    String head =
        head("POST ", path, token)
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] request = new byte[head.length() + body.length];
    System.arraycopy(head.getBytes(US_ASCII), 0, request, 0, head.length());
    System.arraycopy(body, 0, request, head.length(), body.length);
    return request;
  }

  private String head(String method, String path, String token) {
    // Mount, key and namespace are checked with the configuration; a token comes from elsewhere.
    if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE, "the service's token of Vault holds what no token does");
    }
    return method + base.getRawPath() + path + headers + token + "\r\n";
  }

  /** One exchange. */
  @FunctionalInterface
  private interface Exchange {
    VaultReply make() throws IOException;
  }

  private VaultReply send(Exchange exchange) {
    try {
      return exchange.make();
    } catch (SocketTimeoutException e) {
      throw away("Vault at " + base.getAuthority() + " does not answer in time", e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw away("the call of Vault was interrupted", e);
      }
      throw away(
          "Vault at "
              + base.getAuthority()
              + " is not reached ("
              + e.getClass().getSimpleName()
              + "): check that it runs, and the address and caFile of kek.vault",
          e);
    }
  }

  // The causes are of the JDK and speak of connections; they hold neither header nor body.
  private static Problem away(String message, Exception cause) {
    return new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, message, cause);
  }
}
