package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The OpenAPI 3.1 document, kept as YAML and served as JSON. */
public final class OpenApiRoute {
  private static final String RESOURCE = "/openapi.yaml";

  private OpenApiRoute() {}

  public static Route route() {
    byte[] json = json();
    return Route.of(
        HttpMethod.GET, "/openapi.json", call -> new Answer.Whole(200, "application/json", json));
  }

  /** The document. */
  static JsonNode document() {
    try (InputStream yaml = OpenApiRoute.class.getResourceAsStream(RESOURCE)) {
      if (yaml == null) {
        throw new IllegalStateException("the OpenAPI document is not in the jar");
      }
      return new ObjectMapper(new YAMLFactory()).readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException("the OpenAPI document cannot be read", e);
    }
  }

  private static byte[] json() {
    try {
      return new ObjectMapper().writeValueAsBytes(document());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a parsed document can be written", e);
    }
  }
}
