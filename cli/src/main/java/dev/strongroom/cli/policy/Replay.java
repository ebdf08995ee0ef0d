package dev.strongroom.cli.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import dev.strongroom.keyservice.policy.record.Verdict;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recorded requests, judged by one policy; bounded in what it keeps of them. */
public final class Replay {
  private static final int KINDS = 200;

  private final CompiledPolicy policy;
  private final Map<List<String>, ObjectNode> differences = new LinkedHashMap<>();
  private long judged;
  private long same;
  private long allowed;
  private long refused;
  private long otherwise;

  public Replay(CompiledPolicy policy) {
    this.policy = policy;
  }

  /**
   * Judges one.
   *
   * @param decision as {@code GET /v1/decisions} tells of it
   */
  public void judge(JsonNode decision) {
    PolicyQuestion question = question(decision.path("request"));
    String was = decision.path("outcome").asText();
    Verdict would =
        Verdict.of(
            policy.decide(question.asked(Instant.ofEpochMilli(decision.path("at").asLong()))),
            false);
    judged++;
    if (was.equals(would.outcome())) {
      same++;
      return;
    }
    if (would.allows()) {
      allowed++;
    } else if (was.equals(Verdict.ALLOWED)) {
      refused++;
    } else {
      otherwise++;
    }
    note(decision, question, was, would);
  }

  private void note(JsonNode decision, PolicyQuestion question, String was, Verdict would) {
    List<String> kind =
        List.of(
            question.action().wireName(),
            question.identity().issuer(),
            question.identity().subject(),
            question.model() + ":" + question.version(),
            was,
            would.outcome(),
            would.failed().toString());
    ObjectNode known = differences.get(kind);
    if (known != null) {
      known.put("count", known.path("count").asLong() + 1);
    } else if (differences.size() < KINDS) {
      ObjectNode difference = JsonNodeFactory.instance.objectNode();
      difference.put("count", 1L);
      difference.putObject("was").put("outcome", was);
      difference.set("would", VerdictLines.json(would));
      difference.set("first", decision.path("request"));
      differences.put(kind, difference);
    }
  }

  private static PolicyQuestion question(JsonNode request) {
    try {
      return StrictJson.mapper().treeToValue(request, PolicyQuestion.class);
    } catch (JsonProcessingException e) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST,
          "a recorded request has an unknown form; was it made by a newer release?",
          e);
    }
  }

  /** Whether every request would be answered as it was. */
  public boolean isSame() {
    return judged == same;
  }

  /** Counts, and the first request of each kind that differs. */
  public ObjectNode report() {
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    report.put("policy", policy.digest().hex());
    report.put("judged", judged);
    report.put("same", same);
    report.put("allowed", allowed);
    report.put("refused", refused);
    report.put("otherwise", otherwise);
    differences.values().forEach(report.putArray("differences")::add);
    return report;
  }
}
