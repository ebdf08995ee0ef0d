package dev.strongroom.keyservice.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a decision came out as it did, for operators. Callers see its id only.
 *
 * @param summary one sentence
 * @param clauses in the order in which they were looked at
 * @param nearest the fewest changes that together would have it allowed; empty where it was, and
 *     where no change of policy or workload would help
 */
public record Explanation(String summary, List<Clause> clauses, List<String> nearest) {
  public Explanation {
    clauses = List.copyOf(clauses);
    // Explanations that are older than this member are kept without it.
    nearest = nearest == null ? List.of() : List.copyOf(nearest);
  }

  public Explanation(String summary, List<Clause> clauses) {
    this(summary, clauses, List.of());
  }

  /**
   * One clause.
   *
   * @param name for example {@code binding 'inference'} or {@code condition 'eu-only'}
   * @param held whether it held
   * @param text the clause as written in the policy
   * @param values what was seen, by name
   * @param wouldChange what would have to be different; null where the clause held
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Clause(
      String name,
      boolean held,
      String text,
      Map<String, String> values,
      @Nullable String wouldChange) {
    public Clause {
      values = Map.copyOf(values);
    }
  }
}
