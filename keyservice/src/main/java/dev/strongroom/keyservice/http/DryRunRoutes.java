package dev.strongroom.keyservice.http;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.decisions.DecisionStore;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.dryrun.DryRun;
import dev.strongroom.keyservice.policy.dryrun.Report;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A candidate beside the policy in force, and what was decided before. */
public final class DryRunRoutes {
  private static final List<Action> KEEPERS = List.of(Action.POLICY);
  private static final List<Action> AUDITORS = List.of(Action.AUDIT);
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,14}");
  private static final int MOST = 200;
  private static final long LONGEST_SECONDS = 86_400;

  private final Callers callers;
  private final DryRun dryRun;
  private final DecisionStore decisions;
  private final Function<String, CompiledPolicy> candidates;

  /**
   * @param candidates a policy ready to decide from how it is written
   */
  public DryRunRoutes(
      Callers callers,
      DryRun dryRun,
      DecisionStore decisions,
      Function<String, CompiledPolicy> candidates) {
    this.callers = callers;
    this.dryRun = dryRun;
    this.decisions = decisions;
    this.candidates = candidates;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(
            HttpMethod.POST,
            "/v1/policy/dry-run",
            PolicyRoutes.MAX_BODY,
            callers.allowed(KEEPERS, this::begin)),
        Route.of(
            HttpMethod.GET,
            "/v1/policy/dry-run",
            callers.allowed(
                KEEPERS, (call, caller) -> Answer.json(dryRun.report().orElseThrow(this::none)))),
        Route.of(
            HttpMethod.DELETE,
            "/v1/policy/dry-run",
            callers.allowed(
                KEEPERS,
                (call, caller) -> {
                  Report _ = dryRun.stop().orElseThrow(this::none);
                  return Answer.empty();
                })),
        Route.of(
            HttpMethod.GET,
            "/v1/decisions",
            callers.allowed(AUDITORS, (call, caller) -> decisions(call))));
  }

  private Problem none() {
    return new Problem(ProblemCode.NOT_FOUND, "there was no dry run since the service began");
  }

  private Answer begin(Call call, ProvenCaller caller) {
    Wanted wanted = call.body(Wanted.class);
    return Answer.json(
        dryRun.begin(
            candidates.apply(wanted.policy()),
            Duration.ofSeconds(wanted.seconds()),
            caller.identity().canonical()));
  }

  private Answer decisions(Call call) {
    String model = call.queryValue("model");
    return Answer.json(
        new Decisions(
            decisions.list(
                number(call, "after", 0),
                number(call, "since", 0),
                model == null ? null : new ModelName(model),
                Math.toIntExact(Math.min(MOST, Math.max(1, number(call, "limit", MOST)))))));
  }

  private static long number(Call call, String name, long preset) {
    @Nullable String text = call.queryValue(name);
    if (text == null) {
      return preset;
    }
    Require.that(NUMBER.matcher(text).matches(), name + ": a number from 0 is wanted");
    return Long.parseLong(text);
  }

  /**
   * A dry run that is wanted.
   *
   * @param policy YAML
   * @param seconds 1 to 86400
   */
  public record Wanted(String policy, Long seconds) {
    public Wanted {
      Require.present(policy, "policy");
      Require.present(seconds, "seconds");
      Require.that(seconds >= 1 && seconds <= LONGEST_SECONDS, "seconds: 1 to " + LONGEST_SECONDS);
    }
  }

  /** Answer to the list: in the order in which they were decided. */
  public record Decisions(List<DecisionStore.Kept> decisions) {
    public Decisions {
      decisions = List.copyOf(decisions);
    }
  }
}
