package dev.strongroom.cli.connect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/** A refusal as the service sends it (RFC 9457). */
final class ProblemDocument {
  private static final int MAX_BYTES = 64 << 10;
  private static final int MAX_TEXT = 2_000;

  private ProblemDocument() {}

  /** The refusal that this answer tells of. Unknown members are passed over: newer services may add some. */
  static Problem toProblem(int status, byte[] body) {
    JsonNode document;
    try {
      document = CanonicalJson.parse(body, MAX_BYTES);
    } catch (Problem e) {
      return new Problem(
          status == 502 || status == 503 || status == 504
              ? ProblemCode.SERVICE_UNREACHABLE
              : ProblemCode.INTERNAL,
          "the service, or something before it, answered with status "
              + status
              + " and no problem document");
    }
    ProblemCode code = ProblemCode.ofWireName(document.path("code").asText(""));
    StringBuilder message = new StringBuilder(plain(document.path("detail").asText("")));
    String explanation = document.path("explanation").asText("");
    if (!explanation.isEmpty()) {
      message
          .append(" (explanation ")
          .append(plain(explanation))
          .append(": an operator can run 'strongroom grant explain ")
          .append(plain(explanation))
          .append("')");
    }
    if (message.isEmpty()) {
      message.append("the service answered with status ").append(status);
    }
    return new Problem(code, message.toString());
  }

  // What the other side sends goes to a terminal: no control characters.
  private static String plain(String text) {
    StringBuilder plain = new StringBuilder();
    text.codePoints()
        .limit(MAX_TEXT)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }
}
