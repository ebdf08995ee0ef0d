package dev.strongroom.cli.policy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import dev.strongroom.keyservice.policy.record.Verdict;
import java.util.ArrayList;
import java.util.List;

/** Two answers to one question, as people read them. */
public final class VerdictLines {
  private VerdictLines() {}

  /** One difference. */
  public static List<String> of(
      long count, PolicyQuestion question, JsonNode before, JsonNode after) {
    List<String> lines = new ArrayList<>();
    String target =
        question.model() == null
            ? ""
            : " " + question.model() + (question.version() == null ? "" : ":" + question.version());
    lines.add(
        count
            + " x "
            + question.action().wireName()
            + Table.plain(target)
            + " for "
            + Table.plain(question.identity().issuer() + "|" + question.identity().subject()));
    lines.add("    was:   " + answer(before));
    lines.add("    would: " + answer(after));
    after.path("nearest").forEach(each -> lines.add("           " + Table.plain(each.asText())));
    return lines;
  }

  /** The JSON of a verdict. */
  public static JsonNode json(Verdict verdict) {
    return StrictJson.mapper().valueToTree(verdict);
  }

  private static String answer(JsonNode verdict) {
    List<String> failed = new ArrayList<>();
    verdict.path("failed").forEach(each -> failed.add(each.asText()));
    JsonNode terms = verdict.path("terms");
    return Table.plain(
        verdict.path("outcome").asText()
            + (failed.isEmpty() ? "" : " by " + String.join(", ", failed))
            + (terms.isObject()
                ? " (lease "
                    + terms.path("leaseSeconds").asLong()
                    + " s, grace "
                    + terms.path("graceSeconds").asLong()
                    + " s)"
                : ""));
  }
}
