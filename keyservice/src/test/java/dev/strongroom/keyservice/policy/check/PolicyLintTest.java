package dev.strongroom.keyservice.policy.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyLintTest {
  private static final String GOOD =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects: [{issuer: "https://i", subject: chat}]
          models: [acme/*]
      conditions:
        - name: eu
          models: [acme/*]
          expression: identity.claims.region == "eu"
      evidence:
        - models: [acme/*]
          anyOf: [sev-snp]
      """;

  private static void assertFound(String yaml, int line, String piece) {
    List<Finding> findings = PolicyLint.lint(yaml);
    assertTrue(
        findings.stream().anyMatch(f -> f.line() == line && f.message().contains(piece)),
        () -> "line " + line + ": " + piece + " is not in " + findings);
  }

  @Test
  void hasNothingToSayOfAGoodOne() {
    assertEquals(List.of(), PolicyLint.lint(GOOD));
  }

  @Test
  void namesFaultsWithTheirLines() {
    List<Finding> findings =
        PolicyLint.lint(GOOD.replace("subjects:", "subject:").replace("== \"eu\"", "=="));
    assertTrue(
        findings.stream().allMatch(f -> f.level() == Finding.Level.error), findings::toString);
    assertTrue(findings.stream().anyMatch(f -> f.line() == 5), findings::toString);
    assertTrue(
        findings.stream().anyMatch(f -> f.message().contains("expression")), findings::toString);
  }

  @Test
  void findsConditionsThatCannotHoldAndBindingsThatDieOfThem() {
    String never =
        GOOD.replace(
            "identity.claims.region == \"eu\"",
            "workload.mode == \"sidecart\" && identity.claims.region == \"eu\"");
    assertFound(never, 10, "never \"sidecart\"");
    assertFound(never, 10, "always false");
    assertFound(never, 3, "never allows anything, because of condition 'eu'");
    assertFound(GOOD.replace("identity.claims.region == \"eu\"", "1 == 1"), 10, "always true");
    assertFound(
        GOOD.replace("== \"eu\"", "== \"eu\" || \"snp\" in workload.evidence"),
        10,
        "no type of evidence");
    assertFound(
        GOOD.replace("identity.claims.region == \"eu\"", "action == \"publish\""),
        10,
        "never \"publish\"");
    assertFound(
        GOOD.replace(
            "identity.claims.region == \"eu\"", "model.version == \"1\" && model.version == \"2\""),
        10,
        "at once");
    assertFound(
        GOOD.replace("identity.claims.region == \"eu\"", "identity.issuer == \"https://j\""),
        10,
        "never \"https://j\"");
  }

  @Test
  void findsWhatAllowsMoreThanItSeems() {
    assertFound(GOOD.replace("anyOf: [sev-snp]", "allowUnattested: true"), 13, "allowUnattested");
  }

  private static String withIdentities(String rule) {
    return GOOD + "identities:\n  - models: [acme/*]\n    " + rule + "\n";
  }

  @Test
  void looksAtRulesOfIdentities() {
    String good = withIdentities("allOf: [spiffe-jwt, spiffe-x509]");
    assertEquals(List.of(), PolicyLint.lint(good));
    assertEquals(
        List.of(), PolicyLint.lint(withIdentities("anyOf: [oidc, kubernetes, spiffe-x509]")));
    assertFound(
        good.replace("identities:\n  - models: [acme/*]", "identities:\n  - models: [other/x]"),
        15,
        "so it is never asked");
    assertFound(
        good.replace(
            "identities:\n  - models: [acme/*]", "identities:\n  - models: [acme/*, acme/chat]"),
        15,
        "'acme/chat' adds nothing beside 'acme/*'");
    assertFound(withIdentities("allOf: [oidc, kubernetes]"), 15, "can never come together");
    assertFound(
        withIdentities("allOf: [spiffe-jwt]\n    anyOf: [oidc]"), 15, "can never come together");
    assertFound(withIdentities("sameSpiffeId: false"), 16, "sameSpiffeId: false");
    assertFound(
        GOOD.replace("== \"eu\"", "== \"eu\" || \"spiffe\" in workload.identities"),
        10,
        "no identity");
  }

  @Test
  void findsGpusThatAreNobodys() {
    for (String alone :
        List.of(
            "allOf: [tpm, nvidia-gpu]",
            "allOf: [nvidia-gpu]",
            "allOf: [azure-snp-vtpm, nvidia-gpu]",
            "anyOf: [sev-snp, nvidia-gpu]",
            "allOf: [nvidia-gpu]\n    anyOf: [sev-snp, tpm]")) {
      assertFound(GOOD.replace("anyOf: [sev-snp]", alone), 12, "whose GPUs they are");
    }
    for (String covered :
        List.of(
            "allOf: [tpm, nvidia-gpu, sev-snp]",
            "allOf: [nvidia-gpu]\n    anyOf: [sev-snp, tdx, nitro]",
            "anyOf: [tpm, sev-snp]")) {
      assertEquals(List.of(), PolicyLint.lint(GOOD.replace("anyOf: [sev-snp]", covered)), covered);
    }
  }

  @Test
  void findsWhatDoesNothing() {
    assertFound(
        GOOD.replace("models: [acme/*]\ncond", "models: [acme/*, acme/chat]\ncond"),
        6,
        "'acme/chat' adds nothing beside 'acme/*'");
    assertFound(
        GOOD.replace(
            "conditions:",
            "  - name: again\n    actions: [decrypt]\n    subjects: [{issuer: \"https://i\","
                + " subject: chat, claims: {a: b}}]\n    models: [acme/chat]\nconditions:"),
        7,
        "'inference' allows all of it");
    assertFound(
        GOOD.replace("evidence:\n  - models: [acme/*]", "evidence:\n  - models: [other/x]"),
        12,
        "so it is never asked");
    assertFound(GOOD.replace("actions: [decrypt]", "actions: [policy]"), 6, "never matches");
  }
}
