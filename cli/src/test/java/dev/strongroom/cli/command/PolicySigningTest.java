package dev.strongroom.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.cli.Run;
import dev.strongroom.cli.policy.ApprovalFile;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.keyservice.approval.PolicyStatement;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An approver sees what is signed, and signs what was seen. */
class PolicySigningTest {
  private static final String STRICT =
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
  private static final String LAX = STRICT.replace("anyOf: [sev-snp]", "allowUnattested: true");
  private static final String CHANGED = "changed evidence for acme/*";

  private final PublisherKey alice = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  private final InputStream before = System.in;
  @TempDir private Path folder;
  private ScriptedAnswers service;
  private Path key;
  private PolicyStatement first;
  private PolicyStatement second;

  @BeforeEach
  void start() throws Exception {
    service = new ScriptedAnswers();
    Files.writeString(folder.resolve("token"), "token-of-an-approver\n");
    key = folder.resolve("bob.pem");
    assertEquals(0, Run.of(folder, "keygen", "approver", key.toString()).exit());
    first = PolicyStatement.after(service.origin(), 0, null, LAX, "the first");
    second = PolicyStatement.after(service.origin(), 1, first.digest(), STRICT, null);
  }

  @AfterEach
  void stop() {
    System.setIn(before);
    service.close();
  }

  private DsseEnvelope signed(PolicyStatement statement) {
    return DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), alice);
  }

  private void inForce(PolicyStatement head) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("source", "approvals").put("origin", service.origin());
    answer.put("version", head.version()).put("statement", head.digest().hex());
    answer.put("text", head.policy());
    service.next("GET /v1/policy", 200, answer.toString());
  }

  private void old(PolicyStatement named, PolicyStatement enveloped) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer
        .putObject("version")
        .put("version", named.version())
        .put("statement", named.digest().hex());
    answer.put("text", LAX + "# whatever stands here\n");
    answer.set("envelope", CanonicalJson.parse(signed(enveloped).toJson(), 1 << 20));
    service.next("GET /v1/policy/versions/" + named.version(), 200, answer.toString());
  }

  private Run policy(boolean terminal, @Nullable String typed, String... words) {
    List<String> all = new ArrayList<>(List.of("policy"));
    all.addAll(List.of(words));
    all.addAll(List.of("--key", key.toString(), "--service", service.origin()));
    all.addAll(List.of("--ca", service.certificate().toString()));
    all.addAll(List.of("--token-file", folder.resolve("token").toString()));
    System.setIn(
        new ByteArrayInputStream(
            (typed == null ? "" : typed + "\n").getBytes(StandardCharsets.UTF_8)));
    String[] arguments = all.toArray(String[]::new);
    return terminal ? Run.onTerminal(folder, arguments) : Run.of(folder, arguments);
  }

  private Run rollback(boolean terminal, @Nullable String typed, Path out) {
    return policy(terminal, typed, "rollback", "--to", "1", "--out", out.toString());
  }

  @Test
  void aRollbackShowsWhatChangesAndAsks() {
    Path out = folder.resolve("back.json");
    inForce(second);
    old(first, first);
    Run no = rollback(true, "no", out);
    assertEquals(1, no.exit(), no.err());
    assertTrue(no.out().contains(CHANGED), no.out());
    assertTrue(no.out().contains("Nothing was signed."), no.out());
    assertFalse(Files.exists(out));
    inForce(second);
    old(first, first);
    Run yes = rollback(true, "yes", out);
    assertEquals(0, yes.exit(), yes.err());
    assertEquals(LAX, ApprovalFile.read(out).statement().policy(), "not the text beside it");
    assertEquals(second.digest(), ApprovalFile.read(out).statement().predecessor());
  }

  @Test
  void aRollbackSignsNothingThatIsNotTheStatementOfThatVersion() {
    Path out = folder.resolve("back.json");
    inForce(second);
    old(first, PolicyStatement.after(service.origin(), 0, null, LAX + "# other\n", null));
    Run other = rollback(false, null, out);
    assertTrue(other.exit() != 0, other.out());
    assertTrue(other.err().contains("is not the statement that it names"), other.err());
    inForce(second);
    PolicyStatement elsewhere = PolicyStatement.after("https://other", 0, null, LAX, null);
    old(elsewhere, elsewhere);
    assertTrue(rollback(false, null, out).err().contains("is not the statement"));
    assertFalse(Files.exists(out));
  }

  @Test
  void anApproverOfAPolicyIsShownAllAndAsked() throws Exception {
    Path file = Files.writeString(folder.resolve("policy.yaml"), STRICT);
    Path out = folder.resolve("policy.approval.json");
    inForce(first);
    Run no = policy(true, "no", "approve", file.toString(), "--reason", "stricter");
    assertEquals(1, no.exit(), no.err());
    assertFalse(Files.exists(out));
    for (String each : List.of(CHANGED, "stricter", first.digest().hex(), "version 2")) {
      assertTrue(no.out().contains(each), () -> each + " is not in " + no.out());
    }
    inForce(first);
    assertEquals(0, policy(true, null, "approve", file.toString(), "--yes").exit());
    assertEquals(STRICT, ApprovalFile.read(out).statement().policy());
    Run machine = policy(true, null, "approve", file.toString(), "--json");
    assertTrue(machine.err().contains("--yes"), machine.err());
  }

  @Test
  void whoAddsASignatureIsShownAllAndAsked() {
    Path file = folder.resolve("policy.approval.json");
    new ApprovalFile(file, signed(second), second).write();
    inForce(first);
    Run no = policy(true, "no", "approve", file.toString());
    assertEquals(1, no.exit(), no.err());
    assertTrue(no.out().contains(CHANGED), no.out());
    assertTrue(no.out().contains(second.digest().hex()), no.out());
    assertEquals(1, ApprovalFile.read(file).envelope().signatures().size());
    Run whole = policy(true, "yes", "approve", file.toString(), "--offline");
    assertEquals(0, whole.exit(), whole.err());
    assertTrue(whole.out().contains("anyOf: [sev-snp]"), whole.out());
    assertEquals(2, ApprovalFile.read(file).envelope().signatures().size());
  }

  @Test
  void nothingIsAddedToWhatTheServiceWouldRefuse() {
    Path file = folder.resolve("policy.approval.json");
    new ApprovalFile(file, signed(second), second).write();
    inForce(PolicyStatement.after(service.origin(), 1, first.digest(), LAX, null));
    Run stale = policy(false, null, "approve", file.toString());
    assertTrue(stale.err().contains("made to follow another"), stale.err());
    PolicyStatement faulty =
        PolicyStatement.after(service.origin(), 1, first.digest(), "format: none\n", null);
    new ApprovalFile(file, signed(faulty), faulty).write();
    inForce(first);
    Run invalid = policy(false, null, "approve", file.toString());
    assertTrue(invalid.exit() != 0, invalid.out());
    assertEquals(1, ApprovalFile.read(file).envelope().signatures().size());
    // Approvers who are new sign what is in force already.
    new ApprovalFile(file, signed(second), second).write();
    inForce(second);
    assertEquals(0, policy(false, null, "approve", file.toString()).exit());
  }
}
