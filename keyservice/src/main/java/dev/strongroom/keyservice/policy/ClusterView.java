package dev.strongroom.keyservice.policy;

import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster shows of a workload that proved an identity of it, at the time of the question.
 *
 * @param pod null where it does not live
 * @param faults what no policy can allow: a pod that does not live, one that lends its token, one
 *     whose sidecar is not ours
 * @param access what the cluster's own authorisation says; null where the bindings of the policy
 *     decide
 */
public record ClusterView(@Nullable PodPosture pod, List<Fault> faults, @Nullable Clause access) {
  public ClusterView {
    faults = List.copyOf(faults);
  }

  /** Something that refuses, whatever the policy says. */
  public record Fault(ProblemCode code, Clause clause) {}
}
