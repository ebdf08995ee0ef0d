package dev.strongroom.keyservice.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.AccessRequest.Workload;
import dev.strongroom.keyservice.policy.Explanation.Clause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CompiledPolicyTest {
  private static final String ISSUER = "https://issuer.example.org";
  private static final String CHAT = "system:serviceaccount:ml:chat";

  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects:
            - issuer: https://issuer.example.org
              subject: system:serviceaccount:ml:chat
            - issuer: https://issuer.example.org
              claims:
                /kubernetes.io/namespace: batch
                groups: readers
          models: [acme/*]
        - name: one-version
          actions: [publish]
          subjects: [{issuer: "https://ci.example.org", subject: release}]
          models: [acme/chat]
          versions: ["3"]
        - name: readers
          actions: [audit]
          subjects: [{issuer: "https://issuer.example.org", subject: auditor}]
          models: ["*"]
      conditions:
        - name: eu-only
          models: [acme/*]
          expression: identity.claims.region == "eu" && model.version != "1"
          explain: the weights may not leave the region
      leases:
        - models: ["*"]
          ttl: 5m
        - models: [acme/*]
          ttl: 10m
          max: 30m
          renewAtPercent: 40
          grace: 2m
          modes: [sidecar, init]
          onExpiry: [wipe, keep-serving]
        - models: [acme/vault]
      evidence:
        - models: [acme/*]
          allowUnattested: true
        - models: [acme/vault]
          anyOf: [sev-snp, tdx]
          allOf: [nvidia-gpu]
      """;

  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  private static CompiledPolicy policy(String yaml) {
    return new CompiledPolicy(PolicyDocument.parse(yaml).orThrow("the test's policy"));
  }

  private final CompiledPolicy policy = policy(POLICY);

  private static Identity identity(String subject, Map<String, Object> claims) {
    return new Identity(ISSUER, subject, claims, null, Instant.MAX);
  }

  private static AccessRequest decrypt(
      Identity identity, String model, String version, @Nullable Workload workload) {
    return new AccessRequest(
        Action.DECRYPT,
        identity,
        new ModelName(model),
        new VersionId(version),
        workload,
        "192.0.2.7",
        NOW);
  }

  private static Workload workload(
      DeliveryMode mode, ExpiryMode onExpiry, @Nullable Long seconds, String... evidence) {
    return new Workload(
        mode, onExpiry, seconds, "pod-1", List.of(evidence), EvidenceClaims.NONE, NOW, null);
  }

  private static Workload sidecar() {
    return workload(DeliveryMode.SIDECAR, ExpiryMode.WIPE, null);
  }

  private Decision ask(Map<String, Object> claims, String model, String version, Workload with) {
    return policy.decide(decrypt(identity(CHAT, claims), model, version, with));
  }

  private static Decision.Refused refused(ProblemCode code, Decision decision) {
    Decision.Refused refused = assertInstanceOf(Decision.Refused.class, decision);
    assertEquals(code, refused.code(), refused.explanation().toString());
    return refused;
  }

  private static Clause failing(Decision.Refused refused) {
    return refused.explanation().clauses().stream()
        .filter(clause -> !clause.held())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void allowsWhatABindingAllowsUnderTheTermsOfTheModel() {
    Decision.Allowed allowed =
        assertInstanceOf(
            Decision.Allowed.class, ask(Map.of("region", "eu"), "acme/chat", "3", sidecar()));
    assertEquals(new Decision.LeaseTerms(600, 240, 120, ExpiryMode.WIPE), allowed.terms());
    assertEquals(policy.digest(), allowed.policyDigest());
    assertTrue(allowed.explanation().clauses().stream().allMatch(Clause::held));
  }

  @Test
  void whoMayDecryptMaySeeVersionsWithoutModeAndEvidence() {
    Identity chat = identity(CHAT, Map.of("region", "eu"));
    // The model wants evidence of a workload that asks for its key.
    refused(
        ProblemCode.EVIDENCE_REQUIRED, policy.decide(decrypt(chat, "acme/vault", "3", sidecar())));
    assertInstanceOf(Decision.Allowed.class, policy.decide(decrypt(chat, "acme/vault", "3", null)));
    // Bindings and conditions are asked all the same.
    refused(ProblemCode.CONDITION_FAILED, policy.decide(decrypt(chat, "acme/vault", "1", null)));
    refused(ProblemCode.ACCESS_DENIED, policy.decide(decrypt(chat, "rival/chat", "3", null)));
  }

  private Decision renewing(CompiledPolicy with, Duration age, String... evidence) {
    Workload workload =
        new Workload(
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null,
            "pod-1",
            List.of(evidence),
            EvidenceClaims.NONE,
            NOW.minus(age),
            null);
    return with.decide(
        decrypt(identity(CHAT, Map.of("region", "eu")), "acme/vault", "3", workload));
  }

  @Test
  void evidenceIsGoodForItsTimeAndNotForever() {
    String[] both = {"tdx", "nvidia-gpu"};
    Duration day = Duration.ofDays(1);
    assertInstanceOf(Decision.Allowed.class, renewing(policy, day, both));
    Decision.Refused old =
        refused(ProblemCode.EVIDENCE_REQUIRED, renewing(policy, day.plusSeconds(1), both));
    assertTrue(String.valueOf(failing(old).wouldChange()).contains("fresh evidence"));

    CompiledPolicy strict = policy(POLICY.replace("allOf: [nvidia-gpu]", "maxAge: 10m"));
    assertInstanceOf(Decision.Allowed.class, renewing(strict, Duration.ofMinutes(10), both));
    refused(ProblemCode.EVIDENCE_REQUIRED, renewing(strict, Duration.ofSeconds(601), both));
  }

  @Test
  void whereNoEvidenceIsWantedItsAgeDoesNotMatter() {
    assertInstanceOf(
        Decision.Allowed.class,
        policy.decide(
            decrypt(
                identity(CHAT, Map.of("region", "eu")),
                "acme/chat",
                "3",
                new Workload(
                    DeliveryMode.SIDECAR,
                    ExpiryMode.WIPE,
                    null,
                    "pod-1",
                    List.of("tdx"),
                    EvidenceClaims.NONE,
                    NOW.minus(Duration.ofDays(90)),
                    null))));
  }

  @Test
  void aWishForALeaseIsCutToTheLongest() {
    assertEquals(
        new Decision.LeaseTerms(1800, 720, 120, ExpiryMode.KEEP_SERVING),
        assertInstanceOf(
                Decision.Allowed.class,
                ask(
                    Map.of("region", "eu"),
                    "acme/chat",
                    "3",
                    workload(DeliveryMode.INIT, ExpiryMode.KEEP_SERVING, 86_400L)))
            .terms());
    assertEquals(
        5,
        assertInstanceOf(
                Decision.Allowed.class,
                ask(
                    Map.of("region", "eu"),
                    "acme/chat",
                    "3",
                    workload(DeliveryMode.SIDECAR, ExpiryMode.WIPE, 5L)))
            .terms()
            .leaseSeconds());
  }

  @Test
  void claimsMatchByNameByPointerAndInLists() {
    Map<String, Object> fitting =
        Map.of(
            "region", "eu",
            "groups", List.of("x", "readers"),
            "kubernetes.io", Map.of("namespace", "batch"));
    assertInstanceOf(
        Decision.Allowed.class,
        policy.decide(decrypt(identity("anybody", fitting), "acme/chat", "3", sidecar())));
    refused(
        ProblemCode.ACCESS_DENIED,
        policy.decide(
            decrypt(
                identity("anybody", Map.of("region", "eu", "groups", List.of("readers"))),
                "acme/chat",
                "3",
                sidecar())));
    refused(
        ProblemCode.ACCESS_DENIED,
        policy.decide(
            decrypt(
                identity(
                    "anybody",
                    Map.of(
                        "groups",
                        List.of(List.of("readers")),
                        "kubernetes.io",
                        Map.of("namespace", "batch"))),
                "acme/chat",
                "3",
                sidecar())));
  }

  @Test
  void refusesByDefaultAndNamesTheNearestBinding() {
    Decision.Refused stranger =
        refused(
            ProblemCode.ACCESS_DENIED,
            policy.decide(
                decrypt(
                    identity("system:serviceaccount:ml:other", Map.of("region", "eu")),
                    "acme/chat",
                    "3",
                    sidecar())));
    Clause nearest = failing(stranger);
    assertEquals("binding 'inference'", nearest.name());
    assertEquals("the subject would have to be listed", nearest.wouldChange());
    assertEquals(ISSUER + "|system:serviceaccount:ml:other", nearest.values().get("identity"));

    Decision.Refused otherModel =
        refused(
            ProblemCode.ACCESS_DENIED, ask(Map.of("region", "eu"), "other/chat", "3", sidecar()));
    assertTrue(String.valueOf(failing(otherModel).wouldChange()).contains("other/chat"));
    refused(
        ProblemCode.ACCESS_DENIED,
        policy("format: strongroom-policy/v1")
            .decide(decrypt(identity(CHAT, Map.of()), "acme/chat", "3", sidecar())));
  }

  @Test
  void issuerAndSubjectBelongTogether() {
    refused(
        ProblemCode.ACCESS_DENIED,
        policy.decide(
            new AccessRequest(
                Action.PUBLISH,
                identity("release", Map.of()),
                new ModelName("acme/chat"),
                new VersionId("3"),
                null,
                "",
                Instant.EPOCH)));
  }

  @Test
  void aBindingOfOneVersionAllowsNoOtherAndNotTheWholeModel() {
    Identity release =
        new Identity("https://ci.example.org", "release", Map.of(), null, Instant.MAX);
    assertInstanceOf(Decision.Allowed.class, publish(release, new VersionId("3")));
    refused(ProblemCode.ACCESS_DENIED, publish(release, new VersionId("4")));
    refused(ProblemCode.ACCESS_DENIED, publish(release, null));
  }

  private Decision publish(Identity identity, @Nullable VersionId version) {
    return policy.decide(
        new AccessRequest(
            Action.PUBLISH,
            identity,
            new ModelName("acme/chat"),
            version,
            null,
            "",
            Instant.EPOCH));
  }

  @Test
  void anActionOnNoModelNeedsABindingOfAllModels() {
    Identity auditor = identity("auditor", Map.of());
    assertInstanceOf(
        Decision.Allowed.class,
        policy.decide(
            new AccessRequest(Action.AUDIT, auditor, null, null, null, "", Instant.EPOCH)));
    refused(
        ProblemCode.ACCESS_DENIED,
        policy.decide(
            new AccessRequest(Action.REVOKE, auditor, null, null, null, "", Instant.EPOCH)));
  }

  @Test
  void aConditionThatIsFalseIsExplainedWithTheValuesSeen() {
    Decision.Refused refused =
        refused(
            ProblemCode.CONDITION_FAILED, ask(Map.of("region", "us"), "acme/chat", "3", sidecar()));
    Clause clause = failing(refused);
    assertEquals("condition 'eu-only'", clause.name());
    assertEquals("us", clause.values().get("identity.claims.region"), clause.toString());
    assertEquals("false", clause.values().get("identity.claims.region == \"eu\""));
    assertTrue(String.valueOf(clause.wouldChange()).contains("may not leave the region"));
    assertTrue(refused.explanation().summary().contains("condition-failed"));
  }

  @Test
  void aConditionThatCannotBeEvaluatedRefuses() {
    Decision.Refused refused =
        refused(ProblemCode.CONDITION_FAILED, ask(Map.of(), "acme/chat", "3", sidecar()));
    assertTrue(
        String.valueOf(failing(refused).wouldChange()).contains("could not be evaluated"),
        refused.explanation().toString());
  }

  @Test
  void evidenceIsWantedUnlessARuleSaysOtherwise() {
    String open =
        """
        format: strongroom-policy/v1
        bindings:
          - name: all
            actions: [decrypt]
            subjects: [{issuer: "https://issuer.example.org", subject: "system:serviceaccount:ml:chat"}]
            models: ["*"]
        """;
    AccessRequest bare = decrypt(identity(CHAT, Map.of()), "acme/chat", "3", sidecar());
    refused(ProblemCode.EVIDENCE_REQUIRED, policy(open).decide(bare));
    assertInstanceOf(
        Decision.Allowed.class,
        policy(open)
            .decide(
                decrypt(
                    identity(CHAT, Map.of()),
                    "acme/chat",
                    "3",
                    workload(DeliveryMode.SIDECAR, ExpiryMode.WIPE, null, "tpm"))));
    assertInstanceOf(
        Decision.Allowed.class,
        policy(open + "evidence: [{models: [acme/chat], allowUnattested: true}]").decide(bare));
    refused(
        ProblemCode.EVIDENCE_REQUIRED,
        policy(open + "evidence: [{models: [acme/other], allowUnattested: true}]").decide(bare));
  }

  @Test
  void theNarrowestRuleDecidesOnEvidence() {
    Map<String, Object> claims = Map.of("region", "eu");
    refused(ProblemCode.EVIDENCE_REQUIRED, ask(claims, "acme/vault", "3", sidecar()));
    for (List<String> tooFew :
        List.of(List.of("sev-snp"), List.of("nvidia-gpu"), List.of("tpm", "nvidia-gpu"))) {
      refused(
          ProblemCode.EVIDENCE_REQUIRED,
          ask(
              claims,
              "acme/vault",
              "3",
              workload(
                  DeliveryMode.SIDECAR, ExpiryMode.WIPE, null, tooFew.toArray(String[]::new))));
    }
    assertInstanceOf(
        Decision.Allowed.class,
        ask(
            claims,
            "acme/vault",
            "3",
            workload(DeliveryMode.SIDECAR, ExpiryMode.WIPE, null, "tdx", "nvidia-gpu")));
  }

  @Test
  void modesThatAreNotListedAreRefused() {
    assertEquals(
        "add `init` to `leases[].modes` for acme/vault",
        modesWouldChange(DeliveryMode.INIT, ExpiryMode.WIPE));
    assertEquals(
        "add `keep-serving` to `leases[].onExpiry` for acme/vault",
        modesWouldChange(DeliveryMode.SIDECAR, ExpiryMode.KEEP_SERVING));
    assertEquals(
        "add `init` to `leases[].modes` and `keep-serving` to `leases[].onExpiry` for acme/vault",
        modesWouldChange(DeliveryMode.INIT, ExpiryMode.KEEP_SERVING));
  }

  private @Nullable String modesWouldChange(DeliveryMode mode, ExpiryMode onExpiry) {
    Decision.Refused refused =
        refused(
            ProblemCode.MODE_FORBIDDEN,
            ask(
                Map.of("region", "eu"),
                "acme/vault",
                "3",
                workload(mode, onExpiry, null, "tdx", "nvidia-gpu")));
    return refused.explanation().clauses().stream()
        .filter(clause -> clause.name().startsWith("modes for"))
        .findFirst()
        .orElseThrow()
        .wouldChange();
  }

  @Test
  void aRefusalShowsEverythingThatWouldHaveToChange() {
    Decision.Refused refused =
        refused(
            ProblemCode.ACCESS_DENIED,
            policy.decide(
                decrypt(
                    identity("stranger", Map.of("region", "us")),
                    "acme/vault",
                    "3",
                    workload(DeliveryMode.INIT, ExpiryMode.WIPE, null))));
    List<String> failed =
        refused.explanation().clauses().stream()
            .filter(clause -> !clause.held())
            .map(Clause::name)
            .toList();
    assertTrue(failed.contains("binding 'inference'"), failed.toString());
    assertTrue(failed.contains("evidence for [acme/vault]"), failed.toString());
    assertTrue(failed.contains("modes for [acme/vault]"), failed.toString());
    assertTrue(failed.contains("condition 'eu-only'"), failed.toString());
  }

  @Test
  void administratorsRevokeAuditAndKeepKeysAndNothingElse() {
    PolicyDocument document =
        PolicyDocument.parse(POLICY)
            .orThrow("the test's policy")
            .withAdministrators(List.of(new SubjectConfig(ISSUER, "root")));
    CompiledPolicy administered = new CompiledPolicy(document);
    assertNotEquals(policy.digest(), administered.digest());
    Identity root = identity("root", Map.of("region", "eu"));
    for (Action action : Action.values()) {
      AccessRequest request =
          action == Action.DECRYPT
              ? decrypt(root, "acme/chat", "3", sidecar())
              : new AccessRequest(action, root, null, null, null, "", Instant.EPOCH);
      boolean wanted =
          switch (action) {
            case REVOKE, AUDIT, KEYS, POLICY -> true;
            case DECRYPT, PUBLISH -> false;
          };
      assertEquals(
          wanted, administered.decide(request) instanceof Decision.Allowed, action.wireName());
    }
  }

  @Test
  void theDigestIsOfTheMeaningNotOfTheSpelling() {
    assertEquals(policy.digest(), policy(POLICY + "\n# a remark\n").digest());
    assertEquals(
        policy.digest(),
        policy(POLICY.replace("ttl: 5m", "ttl: 300s")).digest(),
        "the same duration in another unit");
    assertNotEquals(policy.digest(), policy(POLICY.replace("ttl: 5m", "ttl: 6m")).digest());
    assertNotEquals(policy.digest(), policy(POLICY.replace("== \"eu\"", "== \"us\"")).digest());
    assertFalse(policy.digest().hex().isEmpty());
  }
}
