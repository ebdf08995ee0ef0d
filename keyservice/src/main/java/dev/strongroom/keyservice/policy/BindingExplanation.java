package dev.strongroom.keyservice.policy;

import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import dev.strongroom.keyservice.policy.PolicyDocument.Binding;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says why no binding allowed a request: the nearest bindings first, each with what differs. */
final class BindingExplanation {
  private static final int MOST = 8;

  private BindingExplanation() {}

  private record Near(Binding binding, List<String> differences) {}

  static void explain(List<Binding> bindings, AccessRequest request, CompiledPolicy.Answer answer) {
    Clause[] clauses =
        bindings.stream()
            .map(each -> new Near(each, BindingMatch.differences(each, request)))
            .sorted(Comparator.comparingInt(near -> near.differences().size()))
            .limit(MOST)
            .map(near -> clause(near, request))
            .toArray(Clause[]::new);
    answer.failed(ProblemCode.ACCESS_DENIED, clauses);
  }

  private static Clause clause(Near near, AccessRequest request) {
    Binding binding = near.binding();
    Map<String, String> values = new LinkedHashMap<>();
    values.put("action", request.action().wireName());
    values.put("identity", request.identity().canonical());
    values.put("model", request.model() == null ? "(none)" : request.model().value());
    values.put("version", request.version() == null ? "(none)" : request.version().value());
    return new Clause(
        "binding '" + binding.name() + "'",
        false,
        RecordJson.of(binding).toString(),
        values,
        String.join("; ", near.differences()));
  }
}
