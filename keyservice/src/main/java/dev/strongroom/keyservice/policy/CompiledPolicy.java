package dev.strongroom.keyservice.policy;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import dev.strongroom.keyservice.policy.PolicyDocument.Binding;
import dev.strongroom.keyservice.policy.PolicyDocument.Condition;
import dev.strongroom.keyservice.policy.PolicyDocument.EvidenceRule;
import dev.strongroom.keyservice.policy.PolicyDocument.IdentityRule;
import dev.strongroom.keyservice.policy.PolicyDocument.LeaseRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A policy ready to decide. A request passes when nothing is wrong with its pod, its cluster or a
 * binding allows it, the evidence is what the model wants, the pod looks as the model wants, the
 * mode is allowed, and every condition that applies holds; in this order, and the first that fails
 * gives the code. Evidence, pod and mode are asked of workloads alone: who may decrypt a model may
 * also see which versions it has. An explanation of a refusal shows all of them. Immutable and
 * thread-safe.
 */
public final class CompiledPolicy implements Policy {
  private final PolicyDocument document;
  private final Sha256Digest digest;
  private final List<CompiledCondition> conditions;

  private record CompiledCondition(Condition source, CelExpression expression) {}

  public CompiledPolicy(PolicyDocument document) {
    this.document = document;
    this.digest = document.digest();
    this.conditions =
        document.conditions().stream()
            .map(each -> new CompiledCondition(each, CelExpression.compile(each.expression())))
            .toList();
  }

  /** The document that this was made of. */
  public PolicyDocument document() {
    return document;
  }

  @Override
  public Sha256Digest digest() {
    return digest;
  }

  @Override
  public Decision decide(AccessRequest request) {
    Answer answer = new Answer(request);
    ClusterView cluster = request.workload() == null ? null : request.workload().cluster();
    askCluster(cluster, answer);
    askAccess(request, cluster, answer);
    // Without a workload nobody asks for a key, only to see what there is.
    if (request.action() == Action.DECRYPT && request.workload() != null) {
      askIdentities(request, answer);
      askEvidence(request, answer);
      askPod(request, answer);
      askModes(request, answer);
    }
    askConditions(request, answer);
    return answer.decision(digest, terms(request));
  }

  private static void askCluster(@Nullable ClusterView cluster, Answer answer) {
    if (cluster != null) {
      cluster.faults().forEach(fault -> answer.failed(fault.code(), fault.clause()));
    }
  }

  // Where a cluster authorises its workloads, it does so alone: conditions narrow what it allows.
  private void askAccess(AccessRequest request, @Nullable ClusterView cluster, Answer answer) {
    if (cluster == null || cluster.access() == null) {
      askBindings(request, answer);
    } else if (cluster.access().held()) {
      answer.held(cluster.access());
    } else {
      answer.failed(ProblemCode.ACCESS_DENIED, cluster.access());
    }
  }

  private void askPod(AccessRequest request, Answer answer) {
    PodPosture pod = request.workload() == null ? null : request.workload().pod();
    if (pod == null) {
      return;
    }
    PodRule rule = mostSpecific(document.pods(), PodRule::models, request.model());
    List<Clause> refused = PodRuleCheck.refused(rule == null ? PodRule.PRESET : rule, pod);
    if (refused.isEmpty()) {
      answer.held("pod", "");
    } else {
      answer.failed(ProblemCode.POSTURE_FORBIDDEN, refused.toArray(new Clause[0]));
    }
  }

  private void askBindings(AccessRequest request, Answer answer) {
    for (Binding binding : document.bindings()) {
      if (BindingMatch.allows(binding, request)) {
        answer.held("binding '" + binding.name() + "'", "");
        return;
      }
    }
    BindingExplanation.explain(document.bindings(), request, answer);
  }

  private void askIdentities(AccessRequest request, Answer answer) {
    IdentityRule rule = mostSpecific(document.identities(), IdentityRule::models, request.model());
    IdentityRule wanted = rule == null ? IdentityRule.PRESET : rule;
    new IdentityQuestion(wanted, rule != null, request.identity()).put(answer);
  }

  private void askEvidence(AccessRequest request, Answer answer) {
    EvidenceRule rule = mostSpecific(document.evidence(), EvidenceRule::models, request.model());
    boolean written = rule != null;
    EvidenceRule wanted = rule == null ? EvidenceRule.PRESET : rule;
    String name = "evidence" + (written ? " for " + wanted.models() : " (no rule: required)");
    AccessRequest.Workload workload = request.workload();
    List<String> present = workload == null ? List.of() : workload.evidenceTypes();
    boolean isOld = workload == null || isOlder(workload, wanted.maxAge(), request.now());
    if (wanted.allowUnattested() || (suffices(present, wanted) && !isOld)) {
      answer.held(name, "");
      return;
    }
    answer.failed(
        ProblemCode.EVIDENCE_REQUIRED,
        new Clause(
            name,
            false,
            "anyOf " + wanted.anyOf() + ", allOf " + wanted.allOf() + ", maxAge " + wanted.maxAge(),
            workload == null
                ? Map.of()
                : Map.of(
                    "workload.evidence",
                    present.toString(),
                    "verified at",
                    workload.evidenceAt().toString()),
            suffices(present, wanted)
                ? "the workload would have to ask for a new grant with fresh evidence, or the rule"
                    + " state a longer maxAge"
                : "the workload would have to send verifiable evidence of these types (none listed:"
                    + " of any type), or a rule with allowUnattested: true would have to cover the"
                    + " model"));
  }

  private static boolean suffices(List<String> present, EvidenceRule wanted) {
    return !present.isEmpty()
        && present.containsAll(wanted.allOf())
        && (wanted.anyOf().isEmpty() || present.stream().anyMatch(wanted.anyOf()::contains));
  }

  private static boolean isOlder(AccessRequest.Workload workload, Duration age, Instant now) {
    return now.isAfter(workload.evidenceAt().plus(age));
  }

  private void askModes(AccessRequest request, Answer answer) {
    LeaseRule rule = leaseRule(request.model());
    AccessRequest.Workload workload = request.workload();
    if (workload != null
        && rule.modes().contains(workload.mode())
        && rule.onExpiry().contains(workload.onExpiry())) {
      answer.held("modes", "");
      return;
    }
    answer.failed(
        ProblemCode.MODE_FORBIDDEN,
        new Clause(
            "modes for " + rule.models(),
            false,
            "modes " + RecordJson.of(rule.modes()) + ", onExpiry " + RecordJson.of(rule.onExpiry()),
            workload == null
                ? Map.of()
                : Map.of(
                    "workload.mode",
                    workload.mode().wireName(),
                    "workload.onExpiry",
                    workload.onExpiry().wireName()),
            workload == null ? "a workload would have to ask" : missing(rule, workload, request)));
  }

  private static String missing(
      LeaseRule rule, AccessRequest.Workload workload, AccessRequest request) {
    List<String> additions = new ArrayList<>();
    if (!rule.modes().contains(workload.mode())) {
      additions.add("`" + workload.mode().wireName() + "` to `leases[].modes`");
    }
    if (!rule.onExpiry().contains(workload.onExpiry())) {
      additions.add("`" + workload.onExpiry().wireName() + "` to `leases[].onExpiry`");
    }
    return "add " + String.join(" and ", additions) + " for " + request.model();
  }

  private void askConditions(AccessRequest request, Answer answer) {
    @Nullable Map<String, Object> variables = null;
    for (CompiledCondition condition : conditions) {
      if (!applies(condition.source(), request)) {
        continue;
      }
      if (variables == null) {
        variables = CelExpression.variables(request);
      }
      String name = "condition '" + condition.source().name() + "'";
      switch (condition.expression().evaluate(variables)) {
        case CelExpression.Outcome.Value(boolean held) when held ->
            answer.held(name, condition.expression().text());
        case CelExpression.Outcome.Value _ ->
            answer.failed(
                ProblemCode.CONDITION_FAILED, refused(name, condition, variables, "is false"));
        case CelExpression.Outcome.Failed(String message) ->
            answer.failed(
                ProblemCode.CONDITION_FAILED,
                refused(name, condition, variables, "could not be evaluated: " + message));
      }
    }
  }

  private static Clause refused(
      String name, CompiledCondition condition, Map<String, Object> variables, String how) {
    String explain = condition.source().explain();
    List<String> nearest = condition.expression().nearest(variables);
    return new Clause(
        name,
        false,
        condition.expression().text(),
        CelTrace.values(condition.expression(), variables),
        "the expression "
            + how
            + "; it would have to be true"
            + (explain == null ? "" : ": " + explain)
            + (nearest.isEmpty() ? "" : "; " + String.join(", and ", nearest)));
  }

  /** A condition is left out only where it certainly does not speak of what is asked. */
  private static boolean applies(Condition condition, AccessRequest request) {
    return condition.actions().contains(request.action())
        && (request.model() == null
            || condition.models().stream().anyMatch(each -> each.covers(request.model())))
        && (condition.versions() == null
            || request.version() == null
            || condition.versions().contains(request.version()));
  }

  private Decision.LeaseTerms terms(AccessRequest request) {
    LeaseRule rule = leaseRule(request.model());
    AccessRequest.Workload workload = request.workload();
    Long wanted = workload == null ? null : workload.leaseSeconds();
    long lease = wanted == null ? rule.ttl().toSeconds() : Math.min(wanted, rule.max().toSeconds());
    return new Decision.LeaseTerms(
        lease,
        Math.max(1, lease * rule.renewAtPercent() / 100),
        rule.grace().toSeconds(),
        workload == null ? rule.onExpiry().getFirst() : workload.onExpiry());
  }

  private LeaseRule leaseRule(@Nullable ModelName model) {
    LeaseRule rule = mostSpecific(document.leases(), LeaseRule::models, model);
    return rule == null ? LeaseRule.PRESET : rule;
  }

  /** The rule with the narrowest pattern for the model; patterns are distinct over all rules. */
  private static <R> @Nullable R mostSpecific(
      List<R> rules, Function<R, List<ModelPattern>> patterns, @Nullable ModelName model) {
    @Nullable R best = null;
    int width = Integer.MAX_VALUE;
    for (R rule : rules) {
      for (ModelPattern pattern : patterns.apply(rule)) {
        boolean covers = model == null ? pattern.value().equals("*") : pattern.covers(model);
        if (covers && width(pattern) < width) {
          best = rule;
          width = width(pattern);
        }
      }
    }
    return best;
  }

  private static int width(ModelPattern pattern) {
    if (pattern.value().equals("*")) {
      return 2;
    }
    return pattern.value().endsWith("/*") ? 1 : 0;
  }

  /** Collects clauses; the first failure gives the code. */
  static final class Answer {
    private final AccessRequest request;
    private final List<Clause> clauses = new ArrayList<>();
    // All clauses must hold: of bindings the nearest one alone, which is the first.
    private final List<String> nearest = new ArrayList<>();
    private @Nullable ProblemCode code;
    private String reason = "";

    private Answer(AccessRequest request) {
      this.request = request;
    }

    void held(String name, String text) {
      held(new Clause(name, true, text, Map.of(), null));
    }

    void held(Clause clause) {
      clauses.add(clause);
    }

    void failed(ProblemCode failure, Clause... failed) {
      if (code == null) {
        code = failure;
        reason = failed.length == 0 ? "no binding exists" : failed[0].name();
      }
      clauses.addAll(List.of(failed));
      if (failed.length == 0) {
        nearest.add("a binding would have to be added");
      }
      for (Clause clause : failed) {
        nearest.add(clause.name() + ": " + clause.wouldChange());
        if (failure == ProblemCode.ACCESS_DENIED) {
          return;
        }
      }
    }

    private Decision decision(Sha256Digest digest, Decision.LeaseTerms terms) {
      String asked =
          request.action().wireName()
              + (request.model() == null ? "" : " " + request.model())
              + (request.version() == null ? "" : ":" + request.version())
              + " for "
              + request.identity().canonical();
      return code == null
          ? new Decision.Allowed(terms, digest, new Explanation(asked + ": allowed", clauses))
          : new Decision.Refused(
              code,
              digest,
              new Explanation(
                  asked + ": refused (" + code.wireName() + "): " + reason, clauses, nearest));
    }
  }
}
