package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.approval.ApprovedPolicies;
import dev.strongroom.keyservice.approval.Approvers;
import dev.strongroom.keyservice.approval.PolicyStore;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.config.PolicyConfig;
import dev.strongroom.keyservice.decisions.DecisionStore;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.http.Callers;
import dev.strongroom.keyservice.http.DryRunRoutes;
import dev.strongroom.keyservice.http.PolicyRoutes;
import dev.strongroom.keyservice.http.Route;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.PolicySource;
import dev.strongroom.keyservice.policy.dryrun.DryRun;
import dev.strongroom.keyservice.policy.record.ObservedPolicy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The policy in force, where it comes from, and who hears of its decisions.
 *
 * @param approved null where a file rules
 * @param observed what decides live requests
 */
record Policies(
    PolicySource source,
    @Nullable ApprovedPolicies approved,
    List<SubjectConfig> administrators,
    DryRun dryRun,
    DecisionStore decisions,
    Supplier<Policy> observed) {

  /**
   * Opens all. Nothing is recorded yet: see {@link PolicySource#begin}.
   *
   * @param opened gets what must be closed, in the order of opening
   * @throws Problem with the code of what is wrong
   */
  static Policies open(
      KeyServiceConfig config, Foundations base, InstantSource clock, Deque<AutoCloseable> opened) {
    PolicyConfig approval = config.policy();
    @Nullable ApprovedPolicies approved =
        approval == null ? null : approved(config, approval, base, clock);
    PolicySource source = approved == null ? file(config, base, clock) : approved;
    DryRun dryRun = new DryRun(clock);
    opened.push(dryRun);
    DecisionStore decisions =
        new DecisionStore(
            base.store().jdbi(), clock, config.decisions(), RefusalBudget.ofService());
    opened.push(decisions);
    return new Policies(
        source,
        approved,
        config.administrators(),
        dryRun,
        decisions,
        new ObservedPolicy(source, List.of(decisions, dryRun)));
  }

  private static PolicySource file(KeyServiceConfig config, Foundations base, InstantSource clock) {
    Path file = Objects.requireNonNull(config.policyFile(), "one of both is configured");
    return PolicyInForce.open(file, config.administrators(), base.ledger(), clock);
  }

  private static ApprovedPolicies approved(
      KeyServiceConfig config, PolicyConfig approval, Foundations base, InstantSource clock) {
    return ApprovedPolicies.open(
        config.origin().toString(),
        Approvers.of(approval),
        config.administrators(),
        new PolicyStore(base.store().jdbi()),
        base.ledger(),
        clock);
  }

  List<Route> routes(Callers callers, String origin) {
    List<Route> routes = new ArrayList<>();
    routes.addAll(new PolicyRoutes(callers, origin, source, approved).routes());
    routes.addAll(
        new DryRunRoutes(
                callers, dryRun, decisions, text -> CandidatePolicy.of(text, administrators))
            .routes());
    return routes;
  }
}
