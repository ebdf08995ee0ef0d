package dev.strongroom.keyservice.policy.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.keyservice.policy.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decision in short, to be compared with another.
 *
 * @param outcome {@value #ALLOWED}, or the code of the refusal
 * @param failed the clauses that did not hold, by name; empty where it was allowed
 * @param nearest what would have to change for it to be allowed
 * @param terms of the lease; null where no key is at stake or it was refused
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Verdict(
    String outcome,
    List<String> failed,
    List<String> nearest,
    Decision.@Nullable LeaseTerms terms) {
  /** The outcome of a question that the policy said yes to. */
  public static final String ALLOWED = "allowed";

  public Verdict {
    failed = List.copyOf(failed);
    nearest = List.copyOf(nearest);
  }

  /**
   * @param keyAtStake whether the terms of a lease mean anything
   */
  public static Verdict of(Decision decision, boolean keyAtStake) {
    return switch (decision) {
      case Decision.Allowed allowed ->
          new Verdict(ALLOWED, List.of(), List.of(), keyAtStake ? allowed.terms() : null);
      case Decision.Refused refused ->
          new Verdict(
              refused.code().wireName(),
              refused.explanation().clauses().stream()
                  .filter(clause -> !clause.held())
                  .map(clause -> clause.name())
                  .toList(),
              refused.explanation().nearest(),
              null);
    };
  }

  public boolean allows() {
    return outcome.equals(ALLOWED);
  }
}
