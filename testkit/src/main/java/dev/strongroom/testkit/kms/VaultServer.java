package dev.strongroom.testkit.kms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import dev.strongroom.testkit.process.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One node of HashiCorp Vault with raft storage: TLS on the loopback interface, one unseal key. It
 * can be sealed, killed and started again; what it stores stays.
 */
public final class VaultServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TOO_MANY_REQUESTS = 429;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final int port;
  private final Path caFile;
  private final HttpClient http;
  private final String unsealKey;
  private final String rootToken;
  private Process process;

  private VaultServer(Path folder) throws IOException {
    this.folder = folder;
    this.port = FreePorts.next();
    SelfSignedKeyStore tls = SelfSignedKeyStore.in(folder);
    this.caFile = tls.certificate();
    this.http = HttpClient.newBuilder().sslContext(ServerTls.trusting(caFile)).build();
    Files.createDirectories(folder.resolve("raft"));
    ServerTls.writeKey(tls, folder.resolve("tls-key.pem"));
    Files.writeString(folder.resolve("vault.hcl"), configuration(FreePorts.next()));
    this.process = launch();
    JsonNode keys = call("PUT", "sys/init", "{\"secret_shares\":1,\"secret_threshold\":1}", null);
    this.unsealKey = keys.path("keys_base64").path(0).asText();
    this.rootToken = keys.path("root_token").asText();
    unseal();
  }

  /**
   * Starts in this folder, which is empty: initialised and unsealed.
   *
   * @throws IllegalStateException when {@link VaultBinary#missing} says why it cannot
   */
  public static VaultServer start(Path folder) {
    VaultBinary.require();
    try {
      return new VaultServer(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("Vault does not start; see " + folder + "/log", e);
    }
  }

  /** Its URL, without a path. */
  public URI address() {
    return URI.create("https://127.0.0.1:" + port);
  }

  /** PEM of the certificate to trust. */
  public Path caFile() {
    return caFile;
  }

  /** The token that may do all. */
  public String rootToken() {
    return rootToken;
  }

  /**
   * Calls the API with the root token.
   *
   * @param path below {@code /v1/}
   * @param body JSON; empty for none
   * @throws IllegalStateException when the answer is not 200 or 204
   */
  public JsonNode call(String method, String path, String body) {
    return call(method, path, body, rootToken);
  }

  /**
   * Runs the command line of Vault as an administrator would.
   *
   * @return what it printed
   * @throws IllegalStateException when it fails
   */
  public String cli(String... arguments) {
    List<String> command = new ArrayList<>(List.of(VaultBinary.path().toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /**
   * Runs lines of a shell with {@code vault} on its path and an administrator's environment.
   *
   * @return what they printed
   * @throws IllegalStateException when one fails
   */
  public String shell(String lines) {
    return run(List.of("bash", "-euo", "pipefail", "-c", lines));
  }

  private String run(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "VAULT_ADDR",
                address().toString(),
                "VAULT_CACERT",
                caFile.toString(),
                "VAULT_TOKEN",
                rootToken,
                "PATH",
                VaultBinary.folder() + ":" + System.getenv("PATH")));
    try {
      Process run = builder.redirectErrorStream(true).start();
      run.getOutputStream().close();
      String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (run.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed:\n" + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(command.getFirst() + " does not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Seals it: it answers 503 to all until it is unsealed. */
  public void seal() {
    call("PUT", "sys/seal", "");
  }

  /** Unseals it and waits until it serves. */
  public void unseal() {
    call("PUT", "sys/unseal", "{\"key\":\"" + unsealKey + "\"}", null);
    awaitStatus("sys/health", 200);
  }

  /** Ends it as a crash would. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Starts it again after {@link #kill}, and unseals it. */
  public void restart() {
    try {
      process = launch();
      unseal();
    } catch (IOException e) {
      throw new UncheckedIOException("Vault does not start again", e);
    }
  }

  /** From now on it takes connections and never answers, until {@link #resume}. */
  public void suspend() {
    signal("STOP");
  }

  /** Ends {@link #suspend} and waits until it serves. */
  public void resume() {
    signal("CONT");
    awaitStatus("sys/health", 200);
  }

  private void signal(String name) {
    run(List.of("kill", "-" + name, Long.toString(process.pid())));
  }

  /**
   * From now on it answers 429 to whatever is below this path, until {@link #unthrottle}: a quota
   * of one call an hour that this method uses up.
   */
  public void throttle(String path) {
    call(
        "POST",
        "sys/quotas/rate-limit/test",
        "{\"path\":\"" + path + "\",\"rate\":1,\"interval\":\"1h\"}");
    awaitStatus(path + "throttled", TOO_MANY_REQUESTS);
  }

  /** Ends {@link #throttle}. */
  public void unthrottle() {
    call("DELETE", "sys/quotas/rate-limit/test", "");
  }

  @Override
  public void close() {
    kill();
    http.close();
  }

  private Process launch() throws IOException {
    Process started =
        new ProcessBuilder(
                VaultBinary.path().toString(), "server", "-config=" + folder.resolve("vault.hcl"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    process = started;
    awaitStatus("sys/seal-status", 200);
    return started;
  }

  private String configuration(int clusterPort) {
    return """
    disable_mlock = true
    storage "raft" {
      path = "%1$s/raft"
      node_id = "one"
      performance_multiplier = 1
    }
    listener "tcp" {
      address = "127.0.0.1:%2$d"
      tls_cert_file = "%1$s/tls.pem"
      tls_key_file = "%1$s/tls-key.pem"
    }
    api_addr = "https://127.0.0.1:%2$d"
    cluster_addr = "https://127.0.0.1:%3$d"
    plugin_directory = "%4$s"
    """
        .formatted(folder.toAbsolutePath(), port, clusterPort, VaultBinary.folder());
  }

  // Its answers are the only event it gives; between two looks, its end is waited for a moment.
  private void awaitStatus(String path, int status) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int last = 0;
    try {
      while (System.nanoTime() < deadline) {
        try {
          last = send("GET", path, "", null).statusCode();
          if (last == status) {
            return;
          }
        } catch (IOException e) {
          last = 0;
        }
        if (process.waitFor(Duration.ofMillis(20))) {
          throw new IllegalStateException("Vault ended; see " + folder + "/log");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Vault starts", e);
    }
    throw new IllegalStateException(path + " answers " + last + "; see " + folder + "/log");
  }

  private JsonNode call(String method, String path, String body, @Nullable String token) {
    try {
      HttpResponse<String> response = send(method, path, body, token);
      if (response.statusCode() != 200 && response.statusCode() != 204) {
        throw new IllegalStateException(
            method + " " + path + ": " + response.statusCode() + " " + response.body());
      }
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private HttpResponse<String> send(String method, String path, String body, @Nullable String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address().resolve("/v1/" + path))
            .timeout(PATIENCE)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("X-Vault-Token", token);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
