package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.approval.Approvers;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.PolicyConfig;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Checks the policy: that it is read and compiles, and that somebody can meet it. */
final class PolicyCheck {
  private PolicyCheck() {}

  static List<Finding> check(KeyServiceConfig config) {
    List<Finding> findings = new ArrayList<>();
    Path file = config.policyFile();
    if (file == null) {
      return approvers(config);
    }
    switch (PolicyDocument.read(file)) {
      case Reading.Invalid<PolicyDocument>(List<Fault> faults) ->
          faults.forEach(
              fault -> findings.add(Finding.error("policy", file + ": " + fault, toDo(fault))));
      case Reading.Valid<PolicyDocument>(PolicyDocument document) -> {
        try {
          check(config, document.withAdministrators(config.administrators()), findings);
        } catch (Problem e) {
          findings.add(Finding.error("policy", file + ": " + e.getMessage(), "rename the binding"));
        }
      }
    }
    return findings;
  }

  private static List<Finding> approvers(KeyServiceConfig config) {
    PolicyConfig approval = Objects.requireNonNull(config.policy(), "one of both is configured");
    try {
      Approvers approvers = Approvers.of(approval);
      return List.of(
          Finding.ok(
              "policy",
              approvers.threshold() + " of " + String.join(", ", approvers.names()) + " approve"));
    } catch (Problem e) {
      return List.of(
          Finding.error(
              "policy",
              String.valueOf(e.getMessage()),
              "put the approver's public key there (strongroom keygen approver FILE makes a pair)"));
    }
  }

  private static String toDo(Fault fault) {
    return fault.line() == 0
        ? "correct policyFile, or put the file there, readable for the user of the service"
        : "mend this line";
  }

  private static void check(
      KeyServiceConfig config, PolicyDocument document, List<Finding> findings) {
    CompiledPolicy policy = new CompiledPolicy(document);
    findings.add(Finding.ok("policy", "the policy compiles; its digest is " + policy.digest()));
    Set<String> unknown = unknownIssuers(config, document);
    if (!unknown.isEmpty()) {
      findings.add(
          Finding.warning(
              "policy",
              "the policy names issuers that are not configured: " + String.join(", ", unknown),
              "configure them under identity.issuers, spelled the same, or remove the subjects"));
    }
    for (Action action : Action.values()) {
      // Where a file rules, this right is for dry runs alone.
      if (action != Action.POLICY
          && document.bindings().stream().noneMatch(each -> each.actions().contains(action))) {
        findings.add(
            Finding.warning(
                "policy",
                "nobody has the right to " + action.wireName(),
                "add a binding, or administrators for revoke, audit and keys, if that is not meant"));
      }
    }
  }

  private static Set<String> unknownIssuers(KeyServiceConfig config, PolicyDocument document) {
    Set<String> configured =
        config.identity().issuers().stream().map(each -> each.issuer()).collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>();
    document
        .bindings()
        .forEach(binding -> binding.subjects().forEach(each -> unknown.add(each.issuer())));
    unknown.removeAll(configured);
    config.identity().kubernetes().forEach(cluster -> unknown.remove(cluster.issuer()));
    if (config.identity().spiffe() != null) {
      config
          .identity()
          .spiffe()
          .trustDomains()
          .forEach(domain -> unknown.remove("spiffe://" + domain.name()));
    }
    return unknown;
  }
}
