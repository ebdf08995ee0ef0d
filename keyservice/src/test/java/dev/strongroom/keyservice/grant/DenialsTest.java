package dev.strongroom.keyservice.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.ledger.Events;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.proof.CheckedNonce;
import dev.strongroom.keyservice.proof.VerifiedGrantRequest;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a request that was refused after its caller was known. */
class DenialsTest {
  private static final Instant NOW = Instant.ofEpochSecond(Events.START_SECONDS);

  @TempDir Path folder;
  private final Explanations explanations = new Explanations();
  private final DenialSummary summary = new DenialSummary(InstantSource.fixed(NOW));
  private Fixture fixture;
  private Denials denials;

  private static final class Explanations implements ExplanationStore {
    private final Map<ExplanationId, Kept> kept = new ConcurrentHashMap<>();

    @Override
    public void put(Kept explanation) {
      kept.put(explanation.id(), explanation);
    }

    @Override
    public Optional<Kept> find(ExplanationId id) {
      return Optional.ofNullable(kept.get(id));
    }
  }

  @BeforeEach
  void open() {
    fixture = Fixture.open(folder);
    fixture.ledger().commit(view -> new Events(1).policy());
    denials = denials(1_000);
  }

  private Denials denials(int recorded) {
    return new Denials(
        fixture.ledger(),
        explanations,
        summary,
        new SecureRandom(),
        new RefusalBudget(1, recorded));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Asked asked(String nonce) {
    GrantBody body =
        new GrantBody(
            GrantBody.FORMAT,
            "https://keys.test",
            Events.CHAT.model(),
            Events.CHAT.version(),
            "n".repeat(64),
            SealSuite.X25519,
            Blob.of(new byte[32]),
            Events.digest("token"),
            List.of(),
            null,
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null);
    CheckedNonce checked = new CheckedNonce(Events.digest(nonce), Events.START_SECONDS + 60);
    return new Asked(
        new VerifiedGrantRequest(body, "jkt", checked, "token", List.of()),
        new Identity("https://issuer.test", "s", Map.of(), null, NOW.plusSeconds(60)),
        "127.0.0.1",
        NOW);
  }

  private GrantOutcome after(ProblemCode code, Asked asked) {
    return denials.afterAuthentication(asked, Events.POLICY, new Problem(code, "no"));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "EVIDENCE_UNVERIFIABLE",
        "EVIDENCE_BINDING_MISMATCH",
        "VERSION_UNKNOWN",
        "UNSUPPORTED_ALGORITHM",
        "REVOKED",
        "POLICY_CHANGED"
      })
  void aRefusalIsRecordedExplainedAndUsesTheNonceUp(ProblemCode code) {
    Asked asked = asked("one");
    GrantOutcome.Denied denied = assertInstanceOf(GrantOutcome.Denied.class, after(code, asked));
    assertEquals(code, denied.code());
    assertNotNull(denied.explanation());
    assertEquals(code, explanations.find(denied.explanation()).orElseThrow().code());
    assertTrue(fixture.ledger().view().nonceUsed(asked.request().nonce().hash()));
    assertEquals(2, fixture.ledger().durableSize());
    GrantOutcome.Denied again = assertInstanceOf(GrantOutcome.Denied.class, after(code, asked));
    assertEquals(ProblemCode.NONCE_USED, again.code());
    assertEquals(2, fixture.ledger().durableSize());
  }

  @ParameterizedTest
  @EnumSource(names = {"NONCE_USED", "NONCE_EXPIRED"})
  void aNonceThatIsGoneIsNotRecordedAgain(ProblemCode code) {
    GrantOutcome.Denied denied =
        assertInstanceOf(GrantOutcome.Denied.class, after(code, asked("one")));
    assertEquals(code, denied.code());
    assertNull(denied.explanation());
    assertEquals(1, fixture.ledger().durableSize());
    assertEquals(Map.of(code.wireName(), 1L), summary.take().orElseThrow().counts());
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "OVERLOADED",
        "KEY_BACKEND_UNAVAILABLE",
        "KEY_BACKEND_THROTTLED",
        "KEK_UNUSABLE",
        "KEY_UNWRAP_FAILED",
        "INTERNAL"
      })
  void aFaultIsNoRefusal(ProblemCode code) {
    Asked asked = asked("one");
    GrantOutcome.Unavailable fault =
        assertInstanceOf(GrantOutcome.Unavailable.class, after(code, asked));
    assertEquals(code, fault.cause().code());
    assertEquals(1, fixture.ledger().durableSize());
    assertTrue(!fixture.ledger().view().nonceUsed(asked.request().nonce().hash()));
  }

  @Test
  void whoAsksTooOftenInVainIsCountedOnly() {
    denials = denials(3);
    for (int i = 0; i < 100; i++) {
      GrantOutcome.Denied denied =
          assertInstanceOf(
              GrantOutcome.Denied.class, after(ProblemCode.VERSION_UNKNOWN, asked("n" + i)));
      assertEquals(ProblemCode.VERSION_UNKNOWN, denied.code());
    }
    long recorded = fixture.ledger().durableSize() - 1;
    assertTrue(recorded >= 3 && recorded < 100, "recorded " + recorded);
    assertEquals(recorded, explanations.kept.size());
    assertEquals(
        Map.of(ProblemCode.VERSION_UNKNOWN.wireName(), 100 - recorded),
        summary.take().orElseThrow().counts());
  }

  @Test
  void whoIsNotKnownIsCountedOnly() {
    assertInstanceOf(
        GrantOutcome.Denied.class,
        denials.beforeAuthentication(new Problem(ProblemCode.PROOF_INVALID, "no")));
    assertEquals(1, fixture.ledger().durableSize());
    assertEquals(
        Map.of(ProblemCode.PROOF_INVALID.wireName(), 1L), summary.take().orElseThrow().counts());
  }
}
