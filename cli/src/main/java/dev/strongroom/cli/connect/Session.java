package dev.strongroom.cli.connect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.delivery.client.KeyServiceClient;
import org.jspecify.annotations.Nullable;

/**
 * Requests under one proof key, made for this run. Every method throws {@link
 * dev.strongroom.core.problem.Problem} as {@link KeyServiceClient} does.
 */
public final class Session implements AutoCloseable {
  private final KeyServiceClient client;
  private final SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);

  public Session(KeyServiceClient client) {
    this.client = client;
  }

  public JsonNode get(String path) {
    return client.call(proofKey, "GET", path, null, JsonNode.class);
  }

  /** An answer that is not JSON. */
  public byte[] bytes(String path) {
    return client.fetch(proofKey, path);
  }

  public JsonNode post(String path, @Nullable Object body) {
    return client.call(proofKey, "POST", path, body, JsonNode.class);
  }

  /** A post whose answer is empty. */
  public void tell(String path, Object body) {
    client.call(proofKey, "POST", path, body);
  }

  public void delete(String path) {
    client.call(proofKey, "DELETE", path, null);
  }

  @Override
  public void close() {
    client.close();
  }
}
