package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.http.ApiContract;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OpenAPI document describes what the service answers, and nothing else. */
final class OpenApiTest {
  private final ApiContract contract = new ApiContract();

  @Test
  void listsExactlyTheRoutes(@TempDir Path folder) throws Exception {
    try (TestService service = TestService.start(folder)) {
      Set<String> routes = new TreeSet<>();
      service
          .service()
          .routes()
          .forEach(route -> routes.add(route.method() + " " + route.documentedPath()));
      assertEquals(routes, contract.operations());
      HttpResponse<String> served = service.send(service.request("/openapi.json").build());
      assertEquals(contract.document(), StrictJson.mapper().readTree(served.body()));
      assertEquals("3.1.0", contract.document().path("openapi").asText());
    }
  }

  @Test
  void listsCodesThatExist() {
    for (JsonNode path : contract.document().path("paths")) {
      for (JsonNode operation : path) {
        for (JsonNode code : operation.path("x-problems")) {
          ProblemCode found = ProblemCode.ofWireName(code.asText());
          assertEquals(code.asText(), found.wireName());
          assertNotEquals(ProblemCode.INTERNAL, found);
        }
      }
    }
  }

  @Test
  void refersToSchemasThatExist() {
    Set<String> missing = new TreeSet<>();
    for (JsonNode reference : contract.document().findValues("$ref")) {
      if (contract.document().at(reference.asText().substring(1)).isMissingNode()) {
        missing.add(reference.asText());
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void judgesAnswers() {
    String nonce = "{\"nonce\":\"%s\",\"expiresAt\":1}".formatted("n".repeat(40));
    contract.check("POST", "/v1/nonces", 201, "application/json", nonce);
    assertThrows(
        AssertionError.class,
        () -> contract.check("POST", "/v1/nonces", 201, "application/json", "{\"nonce\":\"n\"}"));
    assertThrows(
        AssertionError.class,
        () -> contract.check("POST", "/v1/nonces", 200, "application/json", nonce));
    String problem =
        "{\"type\":\"urn:strongroom:problem:%1$s\",\"title\":\"t\",\"status\":404,"
            + "\"code\":\"%1$s\",\"detail\":\"d\"}";
    String type = "application/problem+json";
    contract.check("POST", "/v1/nonces", 503, type, problem.formatted("overloaded"));
    AssertionError unlisted =
        assertThrows(
            AssertionError.class,
            () ->
                contract.check(
                    "POST", "/v1/nonces", 404, type, problem.formatted("lease-unknown")));
    assertTrue(String.valueOf(unlisted.getMessage()).contains("unlisted"));
  }
}
