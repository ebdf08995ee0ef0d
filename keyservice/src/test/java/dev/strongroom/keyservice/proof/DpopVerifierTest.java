package dev.strongroom.keyservice.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DpopVerifierTest {
  private static final long NOW = 1_800_000_000L;
  private static final String ORIGIN = "https://keys.example.org:8443";
  private static final String PATH = "/v1/leases/lease-1/renew";
  private static final byte[] BODY = "{\"sequence\":1}".getBytes(StandardCharsets.UTF_8);
  private static final String TOKEN = "token-of-the-caller";
  private static final SigningKey KEY = SigningKey.generate(SignatureAlgorithm.ES256);

  /** The tokens themselves have a suite of their own. */
  private static final Identities IDENTITIES =
      new Identities(
          token -> {
            if (!token.equals(TOKEN)) {
              throw new Problem(ProblemCode.TOKEN_SIGNATURE_INVALID, "not a token of this test");
            }
            return new Identity("i", "s", Map.of(), null, Instant.ofEpochSecond(NOW + 600));
          },
          null);

  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(NOW));
  private final DpopVerifier verifier = started(Duration.ofMinutes(5));

  /** A verifier that has run for so long. */
  private DpopVerifier started(Duration ago) {
    clock.advance(ago.negated());
    DpopVerifier made = verifier(1000);
    clock.advance(ago);
    return made;
  }

  private DpopVerifier verifier(long entries) {
    return new DpopVerifier(ORIGIN, IDENTITIES, clock, Duration.ofSeconds(60), entries);
  }

  private static DpopClaims claims() {
    return new DpopClaims(
        UUID.randomUUID().toString(),
        "POST",
        ORIGIN + PATH,
        NOW,
        DpopClaims.tokenHash(TOKEN),
        Sha256Digest.of(BODY));
  }

  private static String proof(Consumer<ObjectNode> change) {
    return proof(KEY, change);
  }

  private static String proof(SigningKey key, Consumer<ObjectNode> change) {
    ObjectNode tree = StrictJson.mapper().valueToTree(claims());
    change.accept(tree);
    return key.signWithKey(MessageType.DPOP, CanonicalJson.write(tree));
  }

  private ProvenCaller verify(String proof) {
    return verifier.verify("POST", PATH, "DPoP " + TOKEN, proof, BODY);
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void acceptsAProofOfEachAlgorithm(SignatureAlgorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    ProvenCaller caller = verify(proof(key, claims -> {}));
    assertEquals(key.thumbprint(), caller.jkt());
    assertEquals("i|s", caller.identity().canonical());
  }

  @Test
  void theUrlIsComparedAfterNormalisation() {
    verify(proof(claims -> claims.put("htu", "HTTPS://KEYS.example.ORG:8443" + PATH)));
    DpopVerifier plain =
        new DpopVerifier("https://keys.example.org", IDENTITIES, clock, Duration.ofSeconds(60), 10);
    plain.verify(
        "POST",
        PATH,
        "dpop " + TOKEN,
        proof(claims -> claims.put("htu", "https://keys.example.org:443" + PATH)),
        BODY);
  }

  record Bad(String name, ProblemCode code, String proof) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Bad> badProofs() {
    String good = proof(claims -> {});
    return Stream.of(
        bad("not a JWS", "x.y"),
        bad("empty", ""),
        bad("too long", good + "A".repeat(4096)),
        bad("other method", proof(claims -> claims.put("htm", "GET"))),
        bad("method in lower case", proof(claims -> claims.put("htm", "post"))),
        bad("other path", proof(claims -> claims.put("htu", ORIGIN + PATH + "x"))),
        bad(
            "path in another case",
            proof(claims -> claims.put("htu", ORIGIN + PATH.replace("v1", "V1")))),
        bad("dot segments", proof(claims -> claims.put("htu", ORIGIN + "/x/.." + PATH))),
        bad(
            "encoded path",
            proof(claims -> claims.put("htu", ORIGIN + PATH.replace("renew", "%72enew")))),
        bad("query", proof(claims -> claims.put("htu", ORIGIN + PATH + "?a=b"))),
        bad("fragment", proof(claims -> claims.put("htu", ORIGIN + PATH + "#a"))),
        bad("other host", proof(claims -> claims.put("htu", "https://evil.example:8443" + PATH))),
        bad(
            "user information",
            proof(claims -> claims.put("htu", "https://a@keys.example.org:8443" + PATH))),
        bad("other port", proof(claims -> claims.put("htu", "https://keys.example.org" + PATH))),
        bad(
            "other scheme",
            proof(claims -> claims.put("htu", "http://keys.example.org:8443" + PATH))),
        bad("no URL", proof(claims -> claims.put("htu", "%%%"))),
        bad(
            "other body",
            proof(claims ->
                claims.put("strongroom_body_sha256", Sha256Digest.of(new byte[0]).hex()))),
        bad(
            "other token",
            proof(claims -> claims.put("ath", DpopClaims.tokenHash("other").base64url()))),
        bad("too old", proof(claims -> claims.put("iat", NOW - 61))),
        bad("from the future", proof(claims -> claims.put("iat", NOW + 61))),
        bad("iat at the end of time", proof(claims -> claims.put("iat", (1L << 53) - 1))),
        bad("no iat", proof(claims -> claims.remove("iat"))),
        bad("iat a text", proof(claims -> claims.put("iat", "" + NOW))),
        bad("no jti", proof(claims -> claims.remove("jti"))),
        bad("short jti", proof(claims -> claims.put("jti", "x"))),
        bad("no body hash", proof(claims -> claims.remove("strongroom_body_sha256"))),
        bad("no ath", proof(claims -> claims.remove("ath"))),
        bad("unknown claim", proof(claims -> claims.put("nonce", "x"))),
        bad(
            "other type",
            KEY.signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(claims()))),
        bad("no key", KEY.sign(MessageType.DPOP, CanonicalJson.writeRecord(claims()))),
        bad("key swapped", swapHeader(good)),
        bad("signature cut", good.substring(0, good.length() - 4)));
  }

  @ParameterizedTest
  @MethodSource("badProofs")
  void refuses(Bad bad) {
    assertEquals(
        bad.code(), assertThrows(Problem.class, () -> verify(bad.proof())).code(), bad.name());
  }

  @Test
  void aProofWorksOnce() {
    String proof = proof(claims -> {});
    verify(proof);
    assertRefused(ProblemCode.PROOF_REPLAYED, () -> verify(proof));
    clock.advance(Duration.ofSeconds(60));
    assertRefused(ProblemCode.PROOF_REPLAYED, () -> verify(proof));
    clock.advance(Duration.ofSeconds(1));
    assertRefused(ProblemCode.PROOF_INVALID, () -> verify(proof));
  }

  @Test
  void aProofDatedAheadIsRememberedUntilItIsOld() {
    String proof = proof(claims -> claims.put("iat", NOW + 60));
    verify(proof);
    clock.advance(Duration.ofMinutes(2));
    assertRefused(ProblemCode.PROOF_REPLAYED, () -> verify(proof));
    clock.advance(Duration.ofSeconds(1));
    assertRefused(ProblemCode.PROOF_INVALID, () -> verify(proof));
  }

  @Test
  void anIdMayBeUsedByAnotherKey() {
    verify(proof(claims -> claims.put("jti", "0123456789abcdef")));
    verify(
        proof(
            SigningKey.generate(SignatureAlgorithm.ES256),
            claims -> claims.put("jti", "0123456789abcdef")));
  }

  @Test
  void aFullMemoryRefusesInsteadOfForgetting() {
    DpopVerifier small = verifier(2);
    String first = proof(claims -> {});
    small.verify("POST", PATH, "DPoP " + TOKEN, first, BODY);
    small.verify("POST", PATH, "DPoP " + TOKEN, proof(claims -> {}), BODY);
    assertRefused(
        ProblemCode.OVERLOADED,
        () -> small.verify("POST", PATH, "DPoP " + TOKEN, proof(claims -> {}), BODY));
    clock.advance(Duration.ofSeconds(122));
    small.verify(
        "POST", PATH, "DPoP " + TOKEN, proof(claims -> claims.put("iat", NOW + 122)), BODY);
  }

  @Test
  void aProofFromBeforeTheStartIsToBeSignedAnew() {
    DpopVerifier restarted = verifier(10);
    String before = proof(claims -> claims.put("iat", NOW - 3));
    assertRefused(
        ProblemCode.OVERLOADED,
        () -> restarted.verify("POST", PATH, "DPoP " + TOKEN, before, BODY));
    String together = proof(claims -> claims.put("iat", NOW - 2));
    assertEquals(
        KEY.thumbprint(), restarted.verify("POST", PATH, "DPoP " + TOKEN, together, BODY).jkt());
  }

  @Test
  void whatIsOnlyCheckedTakesNoPlace() {
    DpopVerifier small = verifier(1);
    for (int i = 0; i < 5; i++) {
      small.check("POST", PATH, "DPoP " + TOKEN, proof(claims -> {}), BODY);
    }
    String used = proof(claims -> {});
    small.verify("POST", PATH, "DPoP " + TOKEN, used, BODY);
    assertRefused(
        ProblemCode.OVERLOADED,
        () -> small.verify("POST", PATH, "DPoP " + TOKEN, proof(claims -> {}), BODY));
  }

  @Test
  void aRefusedTokenDoesNotUseTheProofUp() {
    String proof = proof(claims -> claims.put("ath", DpopClaims.tokenHash("bad").base64url()));
    assertRefused(
        ProblemCode.TOKEN_SIGNATURE_INVALID,
        () -> verifier.verify("POST", PATH, "DPoP bad", proof, BODY));
    assertRefused(
        ProblemCode.TOKEN_SIGNATURE_INVALID,
        () -> verifier.verify("POST", PATH, "DPoP bad", proof, BODY));
  }

  @Test
  void headersMustBeThere() {
    String proof = proof(claims -> {});
    assertRefused(
        ProblemCode.TOKEN_MISSING, () -> verifier.verify("POST", PATH, null, proof, BODY));
    assertRefused(
        ProblemCode.TOKEN_MISSING, () -> verifier.verify("POST", PATH, "DPoP ", proof, BODY));
    assertRefused(
        ProblemCode.TOKEN_MISSING,
        () -> verifier.verify("POST", PATH, "Bearer " + TOKEN, proof, BODY));
    assertRefused(
        ProblemCode.PROOF_INVALID,
        () -> verifier.verify("POST", PATH, "DPoP " + TOKEN, null, BODY));
  }

  @Test
  void ofManyAtOnceOneWins() throws InterruptedException {
    String proof = proof(claims -> {});
    AtomicInteger accepted = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 64; i++) {
        threads.execute(() -> {
          try {
            start.await();
            verify(proof);
            accepted.incrementAndGet();
          } catch (Problem e) {
            assertEquals(ProblemCode.PROOF_REPLAYED, e.code());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
      }
      start.countDown();
    }
    assertEquals(1, accepted.get());
  }

  private static Bad bad(String name, String proof) {
    return new Bad(name, ProblemCode.PROOF_INVALID, proof);
  }

  private static String swapHeader(String proof) {
    String other = proof(SigningKey.generate(SignatureAlgorithm.ES256), claims -> {});
    return other.substring(0, other.indexOf('.')) + proof.substring(proof.indexOf('.'));
  }

  private static void assertRefused(
      ProblemCode code, org.junit.jupiter.api.function.Executable call) {
    assertEquals(code, assertThrows(Problem.class, call).code());
  }
}
