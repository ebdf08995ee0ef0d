package dev.strongroom.keyservice.policy;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.util.List;
import java.util.stream.Collectors;

/** A policy that somebody sent, to be in force or to be tried. */
public final class CandidatePolicy {
  private CandidatePolicy() {}

  /**
   * Reads and compiles.
   *
   * @throws Problem {@link ProblemCode#POLICY_INVALID} that names every fault with its line
   */
  public static CompiledPolicy of(String yaml, List<SubjectConfig> administrators) {
    try {
      return new CompiledPolicy(document(yaml).withAdministrators(administrators));
    } catch (Problem e) {
      throw new Problem(ProblemCode.POLICY_INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Reads.
   *
   * @throws Problem {@link ProblemCode#POLICY_INVALID} that names every fault with its line
   */
  public static PolicyDocument document(String yaml) {
    return switch (PolicyDocument.parse(yaml)) {
      case Reading.Valid<PolicyDocument>(PolicyDocument document) -> document;
      case Reading.Invalid<PolicyDocument>(List<Fault> faults) ->
          throw new Problem(
              ProblemCode.POLICY_INVALID,
              faults.stream()
                  .map(Fault::toString)
                  .collect(Collectors.joining("\n  ", "the policy has faults:\n  ", "")));
    };
  }
}
