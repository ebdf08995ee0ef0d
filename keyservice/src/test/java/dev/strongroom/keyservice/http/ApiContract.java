package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.strongroom.core.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The OpenAPI document as a judge of answers. */
public final class ApiContract {
  private static final String BASE = "https://strongroom.test/openapi.json";

  private final JsonNode document = OpenApiRoute.document();
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder -> builder.schemas(Map.of(BASE, document.toString())));
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

  /** All operations, each as method and path. */
  public Set<String> operations() {
    Set<String> found = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(member -> {
                  if (member.getValue().has("responses")) {
                    found.add(member.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
                  }
                }));
    return found;
  }

  public JsonNode document() {
    return document;
  }

  /**
   * Checks one answer.
   *
   * @throws AssertionError when the document does not describe it
   */
  public void check(String method, String path, int status, String contentType, String body) {
    String template = template(path);
    JsonNode operation =
        document.path("paths").path(template).path(method.toLowerCase(Locale.ROOT));
    if (operation.isMissingNode()) {
      return; // Unknown routes and methods are answered too; nothing describes them.
    }
    JsonNode answers = operation.path("responses");
    boolean described = answers.has(Integer.toString(status));
    if (!described && status < 400) {
      throw new AssertionError(method + " " + path + " answered an undescribed " + status);
    }
    JsonNode response = resolved(answers.path(described ? Integer.toString(status) : "default"));
    String type = contentType.replaceAll(";.*", "");
    if (!response.has("content")) {
      if (!body.isEmpty()) {
        throw new AssertionError(method + " " + path + " has a body that nothing describes");
      }
      return;
    }
    if (!response.path("content").has(type)) {
      throw new AssertionError(method + " " + path + " answered undescribed " + type);
    }
    JsonNode schema = response.path("content").path(type).path("schema");
    if (type.endsWith("json") && schema.has("$ref")) {
      validate(schema.path("$ref").asText(), method + " " + path, body);
    }
    checkCode(operation, method + " " + path, status, body);
  }

  private void validate(String reference, String what, String body) {
    Schema schema =
        schemas.computeIfAbsent(
            reference, key -> registry.getSchema(SchemaLocation.of(BASE + key)));
    List<Error> errors = schema.validate(body, InputFormat.JSON);
    if (!errors.isEmpty()) {
      throw new AssertionError(what + " answered what its schema refuses: " + errors);
    }
  }

  // A refusal carries a code that its operation lists, or one that every operation may have.
  private void checkCode(JsonNode operation, String what, int status, String body) {
    if (status < 400) {
      return;
    }
    List<String> listed = new ArrayList<>(EVERYWHERE);
    operation.path("x-problems").forEach(code -> listed.add(code.asText()));
    if (!operation.has("security")) {
      listed.addAll(PROVEN);
    }
    try {
      String code = StrictJson.mapper().readTree(body).path("code").asText();
      if (!listed.contains(code)) {
        throw new AssertionError(what + " refused with an unlisted code: " + code);
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError(what + " refused with no JSON", e);
    }
  }

  /** What every request may be refused with. */
  static final List<String> EVERYWHERE =
      List.of(
          "rate-limited",
          "overloaded",
          "shutting-down",
          "request-timeout",
          "internal",
          "method-not-allowed",
          "unsupported-media-type",
          "too-large",
          "malformed-request");

  /** What every request with a DPoP proof may be refused with. */
  static final List<String> PROVEN =
      List.of(
          "token-missing",
          "token-malformed",
          "token-issuer-unknown",
          "token-algorithm-refused",
          "token-signature-invalid",
          "token-audience-mismatch",
          "token-expired",
          "token-not-yet-valid",
          "token-claim-missing",
          "token-refused",
          "cluster-unavailable",
          "cluster-access-refused",
          "token-issuer-unavailable",
          "proof-invalid",
          "proof-replayed",
          "unsupported-algorithm");

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
  }

  private String template(String path) {
    for (var each : document.path("paths").properties()) {
      String template = each.getKey();
      String pattern =
          Pattern.quote(template)
              .replace("{tile}", "\\E.+\\Q")
              .replaceAll("\\{[a-z]+}", "\\\\E[^/]+\\\\Q");
      if (path.matches(pattern)) {
        return template;
      }
    }
    return "";
  }
}
