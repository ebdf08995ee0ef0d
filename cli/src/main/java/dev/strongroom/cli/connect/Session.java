package dev.strongroom.cli.connect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import org.jspecify.annotations.Nullable;

/** Requests under one proof key, made for this run. */
public final class Session implements AutoCloseable {
  private final ServiceConnection connection;
  private final SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);

  public Session(ServiceConnection connection) {
    this.connection = connection;
  }

  public JsonNode get(String path) {
    return connection.call("GET", path, null, proofKey, JsonNode.class);
  }

  public <T> T get(String path, Class<T> answer) {
    return connection.call("GET", path, null, proofKey, answer);
  }

  /** An answer that is not JSON. */
  public byte[] bytes(String path) {
    return connection.callForBytes("GET", path, null, proofKey);
  }

  public JsonNode post(String path, @Nullable Object body) {
    return connection.call("POST", path, body, proofKey, JsonNode.class);
  }

  public void delete(String path) {
    connection.callForBytes("DELETE", path, null, proofKey);
  }

  @Override
  public void close() {
    connection.close();
  }
}
