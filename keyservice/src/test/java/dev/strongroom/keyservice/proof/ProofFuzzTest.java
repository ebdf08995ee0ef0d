package dev.strongroom.keyservice.proof;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.SettableClock;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Whatever a caller sends, the answer is a refusal with a code; nothing else is thrown. */
class ProofFuzzTest {
  private static final String ORIGIN = "https://keys.example.org";
  private static final SettableClock CLOCK =
      new SettableClock(Instant.ofEpochSecond(1_800_000_000L));
  private static final NonceIssuer NONCES =
      new NonceIssuer(
          SecretBytes.takeOver(new byte[32]), CLOCK, new SecureRandom(), Duration.ofMinutes(2));
  private static final GrantRequestVerifier REQUESTS =
      new GrantRequestVerifier(ORIGIN, NONCES, 1 << 20);
  private static final DpopVerifier DPOP =
      new DpopVerifier(
          ORIGIN,
          new Identities(token -> new Identity("i", "s", Map.of(), null, Instant.MAX), null),
          CLOCK,
          Duration.ofSeconds(60),
          1000);

  @FuzzTest(maxDuration = "30s")
  void nonce(FuzzedDataProvider data) {
    try {
      NONCES.check(data.consumeRemainingAsString(), 0);
      throw new AssertionError("a nonce that nobody made was accepted");
    } catch (Problem expected) {
      expected.code();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void grantRequest(byte[] body) {
    try {
      REQUESTS.verifyGrant(body, 0);
      throw new AssertionError("a request without a nonce of ours was accepted");
    } catch (Problem expected) {
      expected.code();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void draftRequest(byte[] body) {
    try {
      REQUESTS.verifyDraft(body, 0);
      throw new AssertionError("a request without a nonce of ours was accepted");
    } catch (Problem expected) {
      expected.code();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void dpop(FuzzedDataProvider data) {
    String proof = data.consumeRemainingAsString();
    try {
      DPOP.verify("GET", "/v1/leases", "DPoP token", proof, proof.getBytes(StandardCharsets.UTF_8));
    } catch (Problem expected) {
      expected.code();
    }
  }
}
