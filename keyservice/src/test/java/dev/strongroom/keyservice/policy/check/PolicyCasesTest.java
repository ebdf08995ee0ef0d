package dev.strongroom.keyservice.policy.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyCasesTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects: [{issuer: "https://i", claims: {/kubernetes.io/namespace: ml}}]
          models: [acme/*]
      conditions:
        - name: tcb
          models: [acme/*]
          expression: workload.claims["sev-snp"].reported_tcb.microcode >= 120
      """;

  private static final String CASES =
      """
      format: strongroom-policy-test/v1
      cases:
        - name: a good one
          request: &
            identity: {issuer: "https://i", subject: a, claims: {kubernetes.io: {namespace: ml}}}
            model: acme/chat
            version: "1"
            workload: {evidence: [sev-snp], claims: {sev-snp: {reported_tcb: {microcode: 130}}}}
          expect: allow
        - name: an old microcode
          request:
            identity: {issuer: "https://i", subject: a, claims: {kubernetes.io: {namespace: ml}}}
            model: acme/chat
            version: "1"
            workload: {evidence: [sev-snp], claims: {sev-snp: {reported_tcb: {microcode: 115}}}}
          expect: {deny: {code: condition-failed, clause: "condition 'tcb'"}}
        - name: another namespace
          request:
            identity: {issuer: "https://i", subject: a, claims: {kubernetes.io: {namespace: x}}}
            model: acme/chat
            version: "1"
            workload: {evidence: [sev-snp], claims: {sev-snp: {reported_tcb: {microcode: 130}}}}
          expect: {deny: {code: access-denied}}
      """
          .replace(": &", ":");

  private static CompiledPolicy policy(String yaml) {
    return CandidatePolicy.of(yaml, List.of());
  }

  private static List<PolicyCases.Result> run(String policy, String cases) {
    return PolicyCases.parse(cases).orThrow("the cases").run(policy(policy), NOW);
  }

  @Test
  void asksEachCase() {
    List<PolicyCases.Result> results = run(POLICY, CASES);
    assertEquals(
        List.of(true, true, true), results.stream().map(PolicyCases.Result::passed).toList());
  }

  @Test
  void asksWithTheIdentitiesOfTheCase() {
    String policy =
        """
        format: strongroom-policy/v1
        bindings:
          - name: inference
            actions: [decrypt]
            subjects: [{issuer: "spiffe://prod.test", subject: "spiffe://prod.test/chat"}]
            models: [acme/*]
        conditions:
          - name: certificate
            models: [acme/*]
            expression: identity.x509 == "spiffe://prod.test/chat"
        identities: [{models: [acme/*], allOf: [spiffe-jwt, spiffe-x509]}]
        evidence: [{models: [acme/*], allowUnattested: true}]
        """;
    String cases =
        """
        format: strongroom-policy-test/v1
        cases:
          - name: both
            request:
              identity:
                issuer: spiffe://prod.test
                subject: spiffe://prod.test/chat
                kinds: [spiffe-jwt, spiffe-x509]
                x509: spiffe://prod.test/chat
              model: acme/chat
              version: "1"
              workload: {mode: sidecar}
            expect: allow
          - name: the token alone
            request:
              identity:
                issuer: spiffe://prod.test
                subject: spiffe://prod.test/chat
                kinds: [spiffe-jwt]
              model: acme/chat
              version: "1"
              workload: {mode: sidecar}
            expect: {deny: {code: identity-required, clause: "identities for [acme/*]"}}
          - name: the certificate of somebody else
            request:
              identity:
                issuer: spiffe://prod.test
                subject: spiffe://prod.test/chat
                kinds: [spiffe-jwt, spiffe-x509]
                x509: spiffe://prod.test/other
              model: acme/chat
              version: "1"
              workload: {mode: sidecar}
            expect: {deny: {code: identity-mismatch}}
        """;
    List<PolicyCases.Result> results = run(policy, cases);
    assertEquals(
        List.of(
            "allow",
            "deny identity-required by identities for [acme/*], condition 'certificate'",
            "deny identity-mismatch by identities for [acme/*], condition 'certificate'"),
        results.stream().map(PolicyCases.Result::found).toList());
    assertTrue(results.stream().allMatch(PolicyCases.Result::passed), results::toString);
    assertTrue(
        results
            .get(1)
            .explanation()
            .nearest()
            .getFirst()
            .contains(
                "it proved spiffe-jwt; the same request would have to prove spiffe-x509, too"),
        results.get(1).explanation().nearest()::toString);
    assertInstanceOf(
        Reading.Invalid.class,
        PolicyCases.parse(cases.replace("kinds: [spiffe-jwt]", "kinds: [oidc, spiffe-jwt]")));
  }

  @Test
  void saysWhatWasFoundInstead() {
    List<PolicyCases.Result> results = run(POLICY.replace("120", "110"), CASES);
    assertEquals(
        List.of(true, false, true), results.stream().map(PolicyCases.Result::passed).toList());
    assertEquals("allow", results.get(1).found());
    assertEquals("deny condition-failed by condition 'tcb'", results.get(1).expected());
    assertEquals(10, results.get(1).line());
    // The right code by another clause is not what was expected.
    assertEquals(
        List.of(true, false, true),
        run(POLICY.replace("name: tcb", "name: other"), CASES).stream()
            .map(PolicyCases.Result::passed)
            .toList());
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    for (String[] wrong :
        new String[][] {
          {"code: access-denied", "code: acces-denied"},
          {"expect: allow", "expect: alow"},
          {"version: \"1\"", "verson: \"1\""},
          {"evidence: [sev-snp]", "evidence: sev-snp"},
          {"model: acme/chat", "model: chat"},
          {"an old microcode", "a good one"}
        }) {
      assertTrue(CASES.contains(wrong[0]), wrong[0]);
      assertInstanceOf(
          Reading.Invalid.class, PolicyCases.parse(CASES.replace(wrong[0], wrong[1])), wrong[1]);
    }
  }

  @Test
  void tellsDifferencesByMeaning() {
    PolicyDocument before = policy(POLICY).document();
    assertEquals(
        List.of(),
        PolicyDiff.between(before, policy(POLICY + "leases: []\n# a remark\n").document()));
    List<PolicyDiff.Change> changes =
        PolicyDiff.between(
            before,
            policy(
                    POLICY.replace("120", "130").replace("name: inference", "name: renamed")
                        + "leases: [{models: [acme/a, acme/b], ttl: 1m}]\n")
                .document());
    assertEquals(
        List.of(
            "removed binding 'inference'",
            "changed condition 'tcb'",
            "added binding 'renamed'",
            "added leases for acme/a",
            "added leases for acme/b"),
        changes.stream().map(c -> c.kind() + " " + c.what()).toList());
    assertTrue(changes.get(1).details().getFirst().startsWith("expression: "), changes::toString);
  }
}
