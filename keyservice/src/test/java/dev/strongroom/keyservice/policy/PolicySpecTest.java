package dev.strongroom.keyservice.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.PolicyDocument.EvidenceRule;
import dev.strongroom.keyservice.policy.PolicyDocument.LeaseRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The specification's example loads and decides as its text says. */
class PolicySpecTest {
  private static String example() throws IOException {
    String spec = Files.readString(Path.of("../docs/spec/policy.md"));
    int from = spec.indexOf("```yaml\n") + "```yaml\n".length();
    return spec.substring(from, spec.indexOf("```", from));
  }

  private static AccessRequest decrypt(String model, String now, String... evidence) {
    return new AccessRequest(
        Action.DECRYPT,
        new Identity(
            "https://kubernetes.default.svc",
            "system:serviceaccount:ml:chat",
            Map.of(),
            null,
            Instant.MAX),
        new ModelName(model),
        new VersionId("1"),
        new AccessRequest.Workload(
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null,
            null,
            List.of(evidence),
            EvidenceClaims.NONE,
            Instant.parse(now),
            null),
        "10.1.2.3",
        Instant.parse(now));
  }

  @Test
  void theExampleDecides() throws IOException {
    CompiledPolicy policy =
        new CompiledPolicy(PolicyDocument.parse(example()).orThrow("the example"));
    Decision.Allowed monday =
        assertInstanceOf(
            Decision.Allowed.class, policy.decide(decrypt("acme/chat", "2026-06-01T12:00:00Z")));
    assertEquals(600, monday.terms().leaseSeconds());
    assertEquals(
        ProblemCode.CONDITION_FAILED,
        assertInstanceOf(
                Decision.Refused.class, policy.decide(decrypt("acme/chat", "2026-06-07T12:00:00Z")))
            .code());
    assertEquals(
        ProblemCode.EVIDENCE_REQUIRED,
        assertInstanceOf(
                Decision.Refused.class,
                policy.decide(decrypt("acme/vault", "2026-06-01T12:00:00Z", "tdx")))
            .code());
    Decision.Allowed vault =
        assertInstanceOf(
            Decision.Allowed.class,
            policy.decide(decrypt("acme/vault", "2026-06-01T12:00:00Z", "tdx", "nvidia-gpu")));
    assertEquals(new Decision.LeaseTerms(120, 60, 0, ExpiryMode.WIPE), vault.terms());
  }

  @Test
  void thePresetsAreTheDefaultsOfARule() {
    PolicyDocument document =
        PolicyDocument.parse(
                """
                format: strongroom-policy/v1
                leases: [{models: ["*"]}]
                evidence: [{models: ["*"]}]
                """)
            .orThrow("the test's policy");
    assertEquals(LeaseRule.PRESET, document.leases().getFirst());
    assertEquals(EvidenceRule.PRESET, document.evidence().getFirst());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bindings: [{name: a}] | actions: the key is missing",
        "bindings: [{name: a, actions: [decript], subjects: [{issuer: i, subject: s}], models: [a/b]}] | did you mean 'decrypt'",
        "bindings: [{name: a, actions: [], subjects: [{issuer: i, subject: s}], models: [a/b]}] | may not be empty",
        "bindings: [{name: a, actions: [audit], subjects: [{issuer: i}], models: [a/b]}] | would match everybody",
        "bindings: [{name: a, actions: [audit], subjects: [{issuer: i, subject: s}], models: [a*]}] | a model pattern is",
        "bindings: [{name: a, actions: [audit], subjects: [{issuer: i, subject: s}], models: [a/b], versions: [latest]}] | never 'latest'",
        "bindings: [{name: a, actions: [audit], subjects: [{issuer: i, subject: s}], models: [a/b]}, {name: a, actions: [audit], subjects: [{issuer: i, subject: s}], models: [a/b]}] | is there twice",
        "conditions: [{name: a, models: [a/b], expression: identity.isuer == 'x'}] | undeclared reference",
        "conditions: [{name: a, models: [a/b], expression: '3'}] | bool",
        "conditions: [{name: a, models: [a/b]}] | expression: the key is missing",
        "leases: [{models: [a/b], ttl: 2h}] | ttl may not exceed max",
        "leases: [{models: [a/b], ttl: 1s}] | between 5s and 1d",
        "leases: [{models: [a/b]}, {models: [a/b]}] | is there twice",
        "leases: [{models: [a/b], modes: [daemon]}] | one of sidecar, init",
        "evidence: [{models: [a/b], anyOf: [sgx]}] | a type of evidence is one of",
        "evidence: [{models: [a/b], allowUnattested: true, anyOf: [tdx]}] | contradict",
        "evidence: [{models: [a/b], allowUnattested: yes}] | true or false is wanted",
        "evidences: [] | did you mean 'evidence'",
      })
  void faultsAreNamed(String yaml, String message) {
    switch (PolicyDocument.parse("format: strongroom-policy/v1\n" + yaml)) {
      case Reading.Valid<PolicyDocument> valid -> throw new AssertionError(valid.toString());
      case Reading.Invalid<PolicyDocument>(List<Fault> faults) ->
          assertTrue(faults.toString().contains(message), faults.toString());
    }
  }

  @Test
  void anotherFormatIsRefused() {
    assertInstanceOf(Reading.Invalid.class, PolicyDocument.parse("format: strongroom-policy/v2"));
    assertInstanceOf(Reading.Invalid.class, PolicyDocument.parse("bindings: []"));
  }
}
