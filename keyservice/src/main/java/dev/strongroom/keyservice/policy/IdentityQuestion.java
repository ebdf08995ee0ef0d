package dev.strongroom.keyservice.policy;

import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import dev.strongroom.keyservice.policy.PolicyDocument.IdentityRule;
import java.util.List;
import java.util.Map;

/**
 * Whether the identities that came together are those that a rule wants.
 *
 * @param written whether the rule stands in the policy
 */
record IdentityQuestion(IdentityRule rule, boolean written, Identity identity) {

  void put(CompiledPolicy.Answer answer) {
    String name = "identities" + (written ? " for " + rule.models() : " (no rule: any)");
    if (!rule.isMetBy(identity.kindNames())) {
      answer.failed(
          ProblemCode.IDENTITY_REQUIRED,
          clause(name, "anyOf " + rule.anyOf() + ", allOf " + rule.allOf(), missing()));
    } else if (rule.sameSpiffeId() && differ()) {
      answer.failed(
          ProblemCode.IDENTITY_MISMATCH,
          clause(
              name,
              "sameSpiffeId: true",
              "token and client certificate would have to be of one SPIFFE ID, or the rule say"
                  + " sameSpiffeId: false"));
    } else {
      answer.held(name, "");
    }
  }

  private String missing() {
    List<String> each =
        rule.allOf().stream().filter(kind -> !identity.kindNames().contains(kind)).toList();
    boolean hasOne =
        rule.anyOf().isEmpty() || identity.kindNames().stream().anyMatch(rule.anyOf()::contains);
    String wanted =
        String.join(" and ", each)
            + (each.isEmpty() || hasOne ? "" : " and ")
            + (hasOne ? "" : "one of " + rule.anyOf());
    return "it proved "
        + String.join(" and ", identity.kindNames())
        + "; the same request would have to prove "
        + wanted
        + ", too";
  }

  private boolean differ() {
    return identity.certificate() != null
        && identity.kinds().contains(IdentityKind.SPIFFE_JWT)
        && !identity.subject().equals(identity.certificateId());
  }

  private Clause clause(String name, String text, String change) {
    return new Clause(
        name,
        false,
        text,
        Map.of(
            "workload.identities",
            identity.kindNames().toString(),
            "identity.subject",
            identity.subject(),
            "identity.x509",
            String.valueOf(identity.certificateId())),
        change);
  }
}
