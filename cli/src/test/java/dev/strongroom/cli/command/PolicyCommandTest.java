package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.cli.Run;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with policies without a service. */
class PolicyCommandTest {
  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects: [{issuer: "https://i", subject: chat}]
          models: [acme/*]
      evidence:
        - models: [acme/*]
          anyOf: [sev-snp]
      """;
  private static final String CASES =
      """
      format: strongroom-policy-test/v1
      cases:
        - name: chat with a report
          request:
            identity: {issuer: "https://i", subject: chat}
            model: acme/chat
            version: "1"
            workload: {evidence: [sev-snp]}
          expect: allow
        - name: chat without
          request:
            identity: {issuer: "https://i", subject: chat}
            model: acme/chat
            version: "1"
            workload: {}
          expect: {deny: {code: evidence-required}}
      """;

  @TempDir private Path folder;
  private Path policy;

  @BeforeEach
  void write() throws IOException {
    policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    Files.writeString(folder.resolve("policy.test.yaml"), CASES);
  }

  private Run run(String... words) {
    return Run.of(folder, words);
  }

  @Test
  void lintEndsWithOneOnFaultsAndNamesTheLine() throws IOException {
    Run good = run("policy", "lint", policy.toString());
    assertEquals(0, good.exit(), good.out());
    Files.writeString(policy, POLICY.replace("actions: [decrypt]", "actions: [decrypted]"));
    Run bad = run("policy", "lint", policy.toString());
    assertEquals(1, bad.exit());
    assertTrue(bad.out().contains("line 4: error: "), bad.out());
    assertTrue(bad.out().contains("did you mean 'decrypt'?"), bad.out());
    Files.writeString(policy, POLICY.replace("anyOf: [sev-snp]", "allowUnattested: true"));
    assertEquals(0, run("policy", "lint", policy.toString()).exit());
    assertEquals(1, run("policy", "lint", "--strict", policy.toString()).exit());
    assertEquals(2, run("policy", "lint", folder.resolve("none.yaml").toString()).exit());
  }

  @Test
  void testAsksTheCasesBesideThePolicy() throws IOException {
    Run good = run("policy", "test", policy.toString());
    assertEquals(0, good.exit(), good.out() + good.err());
    assertTrue(good.out().contains("2 passed, 0 failed."), good.out());
    Files.writeString(policy, POLICY.replace("anyOf: [sev-snp]", "allowUnattested: true"));
    Run other = run("policy", "test", policy.toString());
    assertEquals(1, other.exit());
    assertTrue(other.out().contains("[failed] chat without"), other.out());
    assertTrue(other.out().contains("- expected: deny evidence-required"), other.out());
    assertTrue(other.out().contains("+ found:    allow"), other.out());
    Run json = run("--json", "policy", "test", policy.toString());
    assertTrue(json.out().contains("{\"failed\":1,\"passed\":1}"), json.out());
    Files.writeString(folder.resolve("policy.test.yaml"), CASES.replace("expect: allow", ""));
    Run faulty = run("policy", "test", policy.toString());
    assertEquals(2, faulty.exit());
    assertTrue(faulty.err().contains("line "), faulty.err());
  }

  @Test
  void diffTellsWhatIsMeant() throws IOException {
    Path other = folder.resolve("other.yaml");
    Files.writeString(other, POLICY + "# nothing else\n");
    assertEquals(0, run("policy", "diff", policy.toString(), other.toString()).exit());
    Files.writeString(other, POLICY.replace("sev-snp", "tdx"));
    Run diff = run("policy", "diff", policy.toString(), other.toString());
    assertEquals(1, diff.exit());
    assertTrue(diff.out().contains("changed evidence for acme/*"), diff.out());
    assertTrue(diff.out().contains("anyOf: [\"sev-snp\"] -> [\"tdx\"]"), diff.out());
  }

  @Test
  void aSecondApproverSignsWithoutAService() {
    PublisherKey alice = PublisherKey.generate(SignatureAlgorithm.EDDSA);
    PolicyStatement statement = PolicyStatement.after("https://keys", 0, null, POLICY, null);
    Path approval = folder.resolve("policy.approval.json");
    new dev.strongroom.cli.policy.ApprovalFile(
            approval,
            DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), alice),
            statement)
        .write();
    Path key = folder.resolve("bob.pem");
    assertEquals(0, run("keygen", "approver", key.toString()).exit());
    Run signed = run("policy", "approve", approval.toString(), "--key", key.toString());
    assertEquals(0, signed.exit(), signed.err());
    assertTrue(signed.out().contains("has 2 signatures."), signed.out());
    Run again = run("policy", "approve", approval.toString(), "--key", key.toString());
    assertTrue(again.out().contains("has 2 signatures."), again.out());
    assertEquals(0, run("policy", "lint", approval.toString()).exit(), "the policy within");
  }
}
