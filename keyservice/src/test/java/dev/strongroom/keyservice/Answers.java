package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.net.http.HttpResponse;

/** What tests say about answers. */
final class Answers {
  private Answers() {}

  /** The message of a good answer. */
  static <T> T good(HttpResponse<String> answer, Class<T> type) throws IOException {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readValue(answer.body(), type);
  }

  /** The JSON of a good answer. */
  static JsonNode good(HttpResponse<String> answer) throws IOException {
    assertEquals(200, answer.statusCode(), answer.body());
    return StrictJson.mapper().readTree(answer.body());
  }

  /** A refusal with this code and without an explanation. */
  static void refused(HttpResponse<String> answer, ProblemCode code) throws IOException {
    assertNull(problem(answer, code).get("explanation"), answer.body());
  }

  /** A refusal with this code; the id of its explanation. */
  static String explained(HttpResponse<String> answer, ProblemCode code) throws IOException {
    String id = problem(answer, code).path("explanation").asText();
    assertTrue(id.startsWith("why-"), answer.body());
    return id;
  }

  private static JsonNode problem(HttpResponse<String> answer, ProblemCode code)
      throws IOException {
    JsonNode problem = StrictJson.mapper().readTree(answer.body());
    assertEquals(code.wireName(), problem.path("code").asText(), answer.body());
    assertEquals(code.httpStatus(), answer.statusCode());
    assertNotNull(problem.get("detail"));
    return problem;
  }
}
