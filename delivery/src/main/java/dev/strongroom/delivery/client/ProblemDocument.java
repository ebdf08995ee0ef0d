package dev.strongroom.delivery.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;

/** The refusals of the service (RFC 9457), read back into what was thrown there. */
final class ProblemDocument {
  private static final int MAX_BYTES = 64 << 10;
  private static final int MAX_TEXT = 500;

  private ProblemDocument() {}

  /**
   * The problem that an answer reports. An answer that reports none is one as well: a proxy's, or
   * an overload.
   *
   * @param retryAfter zero where the answer gives no advice
   */
  static Problem of(int status, byte[] body, Duration retryAfter) {
    try {
      JsonNode document = CanonicalJson.parse(body, MAX_BYTES);
      String code = document.path("code").asText("");
      if (!code.isEmpty()) {
        return known(code, document, retryAfter);
      }
    } catch (Problem e) {
      // No problem document: the status has to do.
    }
    ProblemCode code =
        status == 429
            ? ProblemCode.RATE_LIMITED
            : status >= 500 ? ProblemCode.SERVICE_UNREACHABLE : ProblemCode.INTERNAL;
    return new Problem(
        code,
        "HTTP " + status + " without a reason; is something else than the key service answering?",
        null,
        retryAfter);
  }

  private static Problem known(String name, JsonNode document, Duration retryAfter) {
    ProblemCode code = ProblemCode.ofWireName(name);
    String detail = plain(document.path("detail").asText(""));
    String explanation = plain(document.path("explanation").asText(""));
    String unknown = code.wireName().equals(name) ? "" : " (code " + plain(name) + ")";
    String more =
        explanation.isEmpty()
            ? ""
            : "; an operator sees why: strongroom grant explain " + explanation;
    return new Problem(
        code, (detail.isEmpty() ? "refused" : detail) + unknown + more, null, retryAfter);
  }

  // It goes to terminals and logs.
  private static String plain(String text) {
    int[] harmless =
        text.codePoints().filter(c -> !Character.isISOControl(c)).limit(MAX_TEXT).toArray();
    return new String(harmless, 0, harmless.length);
  }
}
