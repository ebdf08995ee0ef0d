package dev.strongroom.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** What an operator's probes and metrics see of a key service. */
final class Management implements AutoCloseable {
  private final HttpClient http;
  private final URI base;

  Management(Stage stage) {
    this.http = HttpClient.newBuilder().sslContext(TlsTrust.of(stage.certificate())).build();
    this.base = URI.create("https://127.0.0.1:" + stage.managementPort());
  }

  /** The report of {@code /readyz}. */
  JsonNode ready() {
    return CanonicalJson.parse(get("/readyz"), 1 << 20);
  }

  /**
   * The sum of a metric.
   *
   * @param labels which of them, each as {@code name="value"}; those that have all of these count
   */
  double metric(String name, String... labels) {
    double sum = 0;
    for (String line : new String(get("/metrics"), StandardCharsets.UTF_8).split("\n", -1)) {
      if ((line.startsWith(name + "{") || line.startsWith(name + " ")) && hasAll(line, labels)) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return sum;
  }

  private static boolean hasAll(String line, String... labels) {
    for (String label : labels) {
      if (!line.contains(label)) {
        return false;
      }
    }
    return true;
  }

  private byte[] get(String path) {
    try {
      return http.send(
              HttpRequest.newBuilder(base.resolve(path)).timeout(Await.LIMIT).build(),
              HttpResponse.BodyHandlers.ofByteArray())
          .body();
    } catch (IOException e) {
      throw new AssertionError(path + " is not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
