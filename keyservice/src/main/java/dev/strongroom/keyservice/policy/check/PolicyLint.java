package dev.strongroom.keyservice.policy.check;

import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Lines;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CelReview;
import dev.strongroom.keyservice.policy.PolicyDocument;
import dev.strongroom.keyservice.policy.PolicyDocument.Binding;
import dev.strongroom.keyservice.policy.PolicyDocument.Condition;
import dev.strongroom.keyservice.policy.PolicyDocument.EvidenceRule;
import dev.strongroom.keyservice.policy.PolicyDocument.IdentityRule;
import dev.strongroom.keyservice.policy.PolicyDocument.SubjectMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Says what is wrong with a policy, and what in it does nothing or more than its writer may think.
 */
public final class PolicyLint {
  /** Asked, at least mostly, about no model. */
  private static final Set<Action> WITHOUT_MODEL =
      EnumSet.of(Action.AUDIT, Action.KEYS, Action.POLICY);

  /** Evidence that covers the digest of that of the GPUs beside it. */
  private static final List<String> COVERS_GPUS = List.of("sev-snp", "tdx", "nitro");

  private final PolicyDocument policy;
  private final Lines lines;
  private final List<Finding> findings = new ArrayList<>();

  private PolicyLint(PolicyDocument policy, Lines lines) {
    this.policy = policy;
    this.lines = lines;
  }

  /** Everything, in the order of the lines. */
  public static List<Finding> lint(String yaml) {
    return switch (PolicyDocument.parse(yaml)) {
      case Reading.Invalid<PolicyDocument>(List<Fault> faults) ->
          faults.stream().map(PolicyLint::error).toList();
      case Reading.Valid<PolicyDocument>(PolicyDocument document) ->
          new PolicyLint(document, Lines.of(yaml)).lint();
    };
  }

  private static Finding error(Fault fault) {
    String where = fault.path().isEmpty() ? "" : fault.path() + ": ";
    return new Finding(Finding.Level.error, fault.line(), where + fault.message());
  }

  private List<Finding> lint() {
    if (policy.bindings().isEmpty()) {
      warn(0, "there is no binding: nobody may do anything");
    }
    bindings();
    conditions();
    leases();
    evidence();
    identities();
    pods();
    findings.sort(Comparator.comparingInt(Finding::line));
    return List.copyOf(findings);
  }

  private void bindings() {
    for (int i = 0; i < policy.bindings().size(); i++) {
      Binding binding = policy.bindings().get(i);
      int line = lines.ofItem("bindings", i);
      String name = "binding '" + binding.name() + "'";
      if (binding.name().equals(PolicyDocument.ADMINISTRATORS)) {
        warn(
            lines.ofKey("bindings", i, "name"),
            name
                + " has the name of the administrators of the configuration: a service that has"
                + " some refuses this policy; rename it");
      }
      askedAboutNoModel(binding, name, lines.ofKey("bindings", i, "models"));
      shadowed(binding.models(), name, lines.ofKey("bindings", i, "models"));
      for (Binding earlier : policy.bindings().subList(0, i)) {
        if (coversAll(earlier, binding)) {
          warn(line, name + " adds nothing: '" + earlier.name() + "' allows all of it");
          break;
        }
      }
    }
  }

  private void askedAboutNoModel(Binding binding, String name, int line) {
    boolean hasAll = binding.models().contains(new ModelPattern("*"));
    List<String> idle =
        binding.actions().stream()
            .filter(WITHOUT_MODEL::contains)
            .filter(action -> !hasAll || binding.versions() != null)
            .map(Action::wireName)
            .toList();
    if (idle.isEmpty()) {
      return;
    }
    boolean never = idle.equals(List.of("policy")) && binding.actions().size() == 1;
    warn(
        line,
        name
            + (never ? " never matches: " : " does little: ")
            + String.join(", ", idle)
            + " is asked about no model, which wants models: [\"*\"] and no versions");
  }

  private void shadowed(List<ModelPattern> patterns, String name, int line) {
    for (ModelPattern pattern : patterns) {
      for (ModelPattern wider : patterns) {
        if (!wider.equals(pattern) && covers(wider, pattern)) {
          warn(line, name + ": '" + pattern + "' adds nothing beside '" + wider + "'");
        }
      }
    }
  }

  private void conditions() {
    Set<String> issuers = new TreeSet<>();
    policy.bindings().forEach(each -> each.subjects().forEach(s -> issuers.add(s.issuer())));
    for (int i = 0; i < policy.conditions().size(); i++) {
      Condition condition = policy.conditions().get(i);
      String name = "condition '" + condition.name() + "'";
      int line = lines.ofKey("conditions", i, "expression");
      CelReview.Result review = CelReview.of(condition, issuers);
      review.remarks().forEach(remark -> warn(line, name + ": " + remark));
      Boolean always = review.always();
      if (always != null) {
        warn(
            line,
            name
                + (always
                    ? " is always true: it says nothing"
                    : " is always false: it refuses whatever it applies to"));
        if (!always) {
          neverAllowed(condition);
        }
      }
      neverAsked(
          condition.models(), condition.actions(), name, lines.ofKey("conditions", i, "models"));
      shadowed(condition.models(), name, lines.ofKey("conditions", i, "models"));
    }
  }

  private void neverAllowed(Condition condition) {
    for (int i = 0; i < policy.bindings().size(); i++) {
      Binding binding = policy.bindings().get(i);
      if (condition.versions() == null
          && condition.actions().containsAll(binding.actions())
          && binding.models().stream()
              .allMatch(each -> condition.models().stream().anyMatch(c -> covers(c, each)))) {
        warn(
            lines.ofItem("bindings", i),
            "binding '"
                + binding.name()
                + "' never allows anything, because of condition '"
                + condition.name()
                + "'");
      }
    }
  }

  private void leases() {
    for (int i = 0; i < policy.leases().size(); i++) {
      List<ModelPattern> models = policy.leases().get(i).models();
      int line = lines.ofKey("leases", i, "models");
      neverAsked(models, List.of(Action.DECRYPT), "leases for " + models, line);
      shadowed(models, "leases for " + models, line);
    }
  }

  private void evidence() {
    for (int i = 0; i < policy.evidence().size(); i++) {
      EvidenceRule rule = policy.evidence().get(i);
      int line = lines.ofKey("evidence", i, "models");
      if (rule.allowUnattested()) {
        warn(
            lines.ofKey("evidence", i, "allowUnattested"),
            "allowUnattested for "
                + rule.models()
                + ": whoever sees a token of a permitted subject can get the key");
      }
      if (takesGpusAlone(rule)) {
        warn(
            line,
            "evidence for "
                + rule.models()
                + ": nvidia-gpu without one of "
                + COVERS_GPUS
                + " says nothing of whose GPUs they are, not even beside tpm: name one in allOf");
      }
      neverAsked(rule.models(), List.of(Action.DECRYPT), "evidence for " + rule.models(), line);
      shadowed(rule.models(), "evidence for " + rule.models(), line);
    }
  }

  /** Whether the least that the rule takes has GPUs, and no evidence that covers theirs. */
  private static boolean takesGpusAlone(EvidenceRule rule) {
    List<String> choices = rule.anyOf().isEmpty() ? rule.allOf() : rule.anyOf();
    return choices.stream()
        .map(choice -> Stream.concat(rule.allOf().stream(), Stream.of(choice)).toList())
        .anyMatch(least ->
            least.contains("nvidia-gpu") && least.stream().noneMatch(COVERS_GPUS::contains));
  }

  private void identities() {
    for (int i = 0; i < policy.identities().size(); i++) {
      IdentityRule rule = policy.identities().get(i);
      String name = "identities for " + rule.models();
      int line = lines.ofKey("identities", i, "models");
      if (IdentityKind.TOGETHER.stream().map(PolicyLint::names).noneMatch(rule::isMetBy)) {
        warn(line, name + " can never come together: a request has one token at most");
      }
      if (!rule.sameSpiffeId()) {
        warn(
            lines.ofKey("identities", i, "sameSpiffeId"),
            name
                + ": sameSpiffeId: false lets whoever has an SVID of its own use a JWT-SVID that"
                + " it stole");
      }
      neverAsked(rule.models(), List.of(Action.DECRYPT), name, line);
      shadowed(rule.models(), name, line);
    }
  }

  private static List<String> names(List<IdentityKind> kinds) {
    return kinds.stream().map(IdentityKind::wireName).toList();
  }

  private void pods() {
    for (int i = 0; i < policy.pods().size(); i++) {
      List<ModelPattern> models = policy.pods().get(i).models();
      int line = lines.ofKey("pods", i, "models");
      neverAsked(models, List.of(Action.DECRYPT), "pods for " + models, line);
      shadowed(models, "pods for " + models, line);
    }
  }

  private void neverAsked(List<ModelPattern> models, List<Action> actions, String name, int line) {
    for (ModelPattern pattern : models) {
      boolean asked =
          policy.bindings().stream()
              .filter(binding -> binding.actions().stream().anyMatch(actions::contains))
              .flatMap(binding -> binding.models().stream())
              .anyMatch(each -> covers(each, pattern) || covers(pattern, each));
      if (!asked) {
        warn(
            line,
            name
                + ": nobody may "
                + String.join(" or ", actions.stream().map(Action::wireName).toList())
                + " '"
                + pattern
                + "', so it is never asked");
      }
    }
  }

  private void warn(int line, String message) {
    Finding finding = new Finding(Finding.Level.warning, line, message);
    if (!findings.contains(finding)) {
      findings.add(finding);
    }
  }

  private static boolean covers(ModelPattern wide, ModelPattern narrow) {
    String prefix = wide.value().substring(0, wide.value().length() - 1);
    return wide.value().equals("*")
        || wide.equals(narrow)
        || (wide.value().endsWith("/*") && narrow.value().startsWith(prefix));
  }

  private static boolean coversAll(Binding wide, Binding narrow) {
    return wide.actions().containsAll(narrow.actions())
        && narrow.models().stream()
            .allMatch(each -> wide.models().stream().anyMatch(w -> covers(w, each)))
        && (wide.versions() == null
            || (narrow.versions() != null && wide.versions().containsAll(narrow.versions())))
        && narrow.subjects().stream()
            .allMatch(each -> wide.subjects().stream().anyMatch(w -> covers(w, each)));
  }

  private static boolean covers(SubjectMatch wide, SubjectMatch narrow) {
    return wide.issuer().equals(narrow.issuer())
        && (wide.subject() == null || wide.subject().equals(narrow.subject()))
        && narrow.claims().entrySet().containsAll(wide.claims().entrySet());
  }
}
