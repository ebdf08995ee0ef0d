package dev.strongroom.keyservice.explain;

import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Explanation;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps explanations of refusals, bounded in number and age. */
public interface ExplanationStore {

  /** Keeps one. Never fails the decision that it explains: a fault is counted, not thrown. */
  void put(Kept kept);

  Optional<Kept> find(ExplanationId id);

  /**
   * @param action what was asked
   * @param subject {@code issuer|subject}
   * @param target model and version, or what else was asked about; null for none
   */
  record Kept(
      ExplanationId id,
      Instant at,
      String action,
      String subject,
      @Nullable String target,
      ProblemCode code,
      Explanation explanation) {}
}
