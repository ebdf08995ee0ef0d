package dev.strongroom.keyservice.approval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.config.PolicyConfig;
import dev.strongroom.keyservice.config.PolicyConfig.ApproverConfig;
import dev.strongroom.keyservice.ledger.Fixture;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Two of three approve; what they signed holds once, here, and in its place. */
@Timeout(60)
final class ApprovedPoliciesTest {
  private static final String ORIGIN = "https://keys.test";
  private static final List<SubjectConfig> ROOT =
      List.of(new SubjectConfig("https://issuer.test", "root"));
  private static final String FIRST = "format: strongroom-policy/v1\n";
  private static final String SECOND = FIRST + "leases: [{models: ['*'], ttl: 1m, max: 2m}]\n";

  private final PublisherKey alice = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  private final PublisherKey bob = PublisherKey.generate(SignatureAlgorithm.ES256);
  private final PublisherKey carol = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  @TempDir private Path folder;

  private Approvers approvers(String... names) {
    List<ApproverConfig> list = new ArrayList<>();
    for (String name : names) {
      Path key = folder.resolve(name + ".pem");
      if (!PublisherKey.publicFile(key).toFile().exists()) {
        (switch (name) {
              case "alice" -> alice;
              case "bob" -> bob;
              default -> carol;
            })
            .write(key);
      }
      list.add(new ApproverConfig(name, PublisherKey.publicFile(key)));
    }
    return Approvers.of(new PolicyConfig(list, 2));
  }

  private ApprovedPolicies open(Fixture fixture, String... names) {
    ApprovedPolicies opened =
        ApprovedPolicies.open(
            ORIGIN,
            approvers(names),
            ROOT,
            new PolicyStore(fixture.store().jdbi()),
            fixture.ledger(),
            InstantSource.system());
    opened.begin();
    return opened;
  }

  private ApprovedPolicies open(Fixture fixture) {
    return open(fixture, "alice", "bob", "carol");
  }

  private static PolicyStatement after(@Nullable PolicyStatement head, String policy) {
    return PolicyStatement.after(
        ORIGIN,
        head == null ? 0 : head.version(),
        head == null ? null : head.digest(),
        policy,
        null);
  }

  private static DsseEnvelope signed(PolicyStatement statement, PublisherKey... keys) {
    DsseEnvelope envelope =
        DsseSigner.sign(PolicyStatement.PAYLOAD_TYPE, statement.bytes(), keys[0]);
    for (PublisherKey key : keys) {
      envelope = DsseSigner.add(envelope, key);
    }
    return envelope;
  }

  private static void assertRefused(ProblemCode code, Executable action) {
    assertEquals(code, assertThrows(Problem.class, action).code());
  }

  @Test
  void beforeTheFirstNobodyButTheAdministratorsMayDoAnything() {
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      assertEquals(0, policies.inForce().version());
      assertEquals(
          List.of("administrators"),
          policies.inForce().policy().document().bindings().stream().map(b -> b.name()).toList());
      assertEquals(policies.get().digest(), fixture.ledger().view().policyDigest().orElseThrow());
    }
  }

  @Test
  void takesEffectWithEnoughSignaturesAndStaysOverARestart() {
    PolicyStatement first = after(null, FIRST);
    PolicyStatement second = after(first, SECOND);
    Sha256Digest digest;
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      policies.apply(signed(first, alice, bob), "by");
      ApprovedPolicies.InForce now = policies.apply(signed(second, carol, bob), "by");
      assertEquals(2, now.version());
      assertEquals(List.of("bob", "carol"), Objects.requireNonNull(now.approved()).approvers());
      digest = policies.get().digest();
      assertEquals(2, fixture.ledger().view().policy().version());
      assertEquals(second.digest(), fixture.ledger().view().policy().statement());
    }
    try (Fixture fixture = Fixture.open(folder)) {
      assertEquals(2, fixture.ledger().view().policy().version(), "the tables have it too");
      ApprovedPolicies again = open(fixture);
      assertEquals(digest, again.get().digest());
      assertEquals(2, again.inForce().version());
    }
  }

  @Test
  void oneSignatureIsNotEnoughNorIsOneTwice() {
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      PolicyStatement first = after(null, FIRST);
      assertRefused(
          ProblemCode.APPROVALS_MISSING, () -> policies.apply(signed(first, alice), "by"));
      assertRefused(
          ProblemCode.APPROVALS_MISSING, () -> policies.apply(signed(first, alice, alice), "by"));
      PublisherKey stranger = PublisherKey.generate(SignatureAlgorithm.EDDSA);
      assertRefused(
          ProblemCode.APPROVALS_MISSING,
          () -> policies.apply(signed(first, alice, stranger), "by"));
      assertEquals(0, policies.inForce().version());
    }
  }

  @Test
  void aSignatureThatDoesNotFitRefusesAllOfIt() {
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      DsseEnvelope good = signed(after(null, FIRST), alice, bob, carol);
      DsseEnvelope other =
          new DsseEnvelope(good.payloadType(), after(null, SECOND).bytes(), good.signatures());
      assertRefused(ProblemCode.APPROVAL_INVALID, () -> policies.apply(other, "by"));
      PolicyStatement elsewhere = PolicyStatement.after("https://other.test", 0, null, FIRST, null);
      assertRefused(
          ProblemCode.APPROVAL_INVALID, () -> policies.apply(signed(elsewhere, alice, bob), "by"));
      assertRefused(
          ProblemCode.POLICY_INVALID,
          () -> policies.apply(signed(after(null, "format: none\n"), alice, bob), "by"));
    }
  }

  @Test
  void anOldApprovalDoesNotComeBack() {
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      PolicyStatement first = after(null, FIRST);
      PolicyStatement second = after(first, SECOND);
      DsseEnvelope old = signed(first, alice, bob);
      policies.apply(old, "by");
      policies.apply(signed(second, alice, bob), "by");
      assertRefused(ProblemCode.POLICY_VERSION_MISMATCH, () -> policies.apply(old, "by"));
      PolicyStatement branch = after(first, FIRST);
      assertRefused(
          ProblemCode.POLICY_VERSION_MISMATCH,
          () -> policies.apply(signed(branch, alice, bob), "by"));
      PolicyStatement jump = PolicyStatement.after(ORIGIN, 5, second.digest(), FIRST, null);
      assertRefused(
          ProblemCode.POLICY_VERSION_MISMATCH,
          () -> policies.apply(signed(jump, alice, bob), "by"));
      assertEquals(2, policies.inForce().version());
      // The content may, as a new version.
      assertEquals(3, policies.apply(signed(after(second, FIRST), alice, carol), "by").version());
    }
  }

  @Test
  void aStoreThatWasTamperedWithRefusesToStart() {
    PolicyStatement first = after(null, FIRST);
    PolicyStatement second = after(first, SECOND);
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      policies.apply(signed(first, alice, bob), "by");
      policies.apply(signed(second, alice, bob), "by");
    }
    try (Fixture fixture = Fixture.open(folder)) {
      PolicyStore store = new PolicyStore(fixture.store().jdbi());
      PolicyStore.Stored newest = store.find(2).orElseThrow();
      // Another content under the same signatures.
      DsseEnvelope forged =
          new DsseEnvelope(
              newest.envelope().payloadType(),
              after(first, FIRST).bytes(),
              newest.envelope().signatures());
      store.put(new PolicyStore.Stored(2, newest.statement(), forged, 1, "by"));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> open(fixture));
      // An older one, well signed: the log knows better.
      store.remove(2);
      assertRefused(ProblemCode.STORE_MISMATCH, () -> open(fixture));
      store.remove(1);
      assertRefused(ProblemCode.STORE_MISMATCH, () -> open(fixture));
      // Another version 2, well signed.
      store.put(
          new PolicyStore.Stored(
              2,
              newest.statement(),
              signed(after(first, SECOND + "# another\n"), alice, bob),
              1,
              "by"));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> open(fixture));
      store.put(newest);
      assertEquals(2, open(fixture).inForce().version());
    }
  }

  @Test
  void anOldVersionIsShownOnlyAsItWasInForce() {
    PolicyStatement first = after(null, FIRST);
    PolicyStatement second = after(first, SECOND);
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      policies.apply(signed(first, alice, bob), "by");
      policies.apply(signed(second, alice, bob), "by");
      PolicyStore store = new PolicyStore(fixture.store().jdbi());
      PolicyStore.Stored good = policies.version(1).orElseThrow();
      assertEquals(first.digest(), good.statement());
      assertEquals(2, policies.version(2).orElseThrow().version());
      assertTrue(policies.version(3).isEmpty());
      // Another text in the row of the same statement.
      PolicyStatement other = after(null, SECOND);
      store.put(new PolicyStore.Stored(1, first.digest(), signed(other, alice, bob), 1, "by"));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> policies.version(1));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> policies.history(10));
      // The row of another version.
      store.put(new PolicyStore.Stored(1, second.digest(), signed(second, alice, bob), 1, "by"));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> policies.version(1));
      // A row that is whole, even well signed, and was never in force.
      store.put(new PolicyStore.Stored(1, other.digest(), signed(other, alice, bob), 1, "by"));
      assertRefused(ProblemCode.STORE_MISMATCH, () -> policies.version(1));
      store.remove(1);
      assertRefused(ProblemCode.STORE_MISMATCH, () -> policies.version(1));
      store.put(good);
      assertEquals(good.statement(), policies.version(1).orElseThrow().statement());
    }
  }

  @Test
  void aRowWithoutItsEntryIsPutInForceAtTheStart() {
    PolicyStatement first = after(null, FIRST);
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies _ = open(fixture);
      PolicyStore store = new PolicyStore(fixture.store().jdbi());
      store.put(new PolicyStore.Stored(1, first.digest(), signed(first, alice, bob), 1, "by"));
    }
    try (Fixture fixture = Fixture.open(folder)) {
      assertEquals(1, open(fixture).inForce().version());
      assertEquals(1, fixture.ledger().view().policy().version());
    }
  }

  @Test
  void approversCanBeChangedWhenTheNewOnesApprovedWhatIsInForce() {
    PolicyStatement first = after(null, FIRST);
    try (Fixture fixture = Fixture.open(folder)) {
      ApprovedPolicies policies = open(fixture);
      policies.apply(signed(first, alice, bob), "by");
    }
    try (Fixture fixture = Fixture.open(folder)) {
      Problem refused = assertThrows(Problem.class, () -> open(fixture, "bob", "carol"));
      assertEquals(ProblemCode.STORE_MISMATCH, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains("former ones"), refused::toString);
      ApprovedPolicies policies = open(fixture);
      assertEquals(1, policies.apply(signed(first, alice, bob, carol), "by").version());
      assertEquals(1, open(fixture, "bob", "carol").inForce().version());
    }
  }
}
