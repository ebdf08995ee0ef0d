package dev.strongroom.keyservice.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.identity.SettableClock;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrantRequestVerifierTest {
  private static final String ORIGIN = "https://keys.example.org";
  private static final String TOKEN = "token-of-the-caller";
  private static final SigningKey KEY = SigningKey.generate(SignatureAlgorithm.EDDSA);
  private static final Evidence EVIDENCE = new Evidence("sev-snp", Blob.of(new byte[64]));

  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(1_800_000_000L));
  private final NonceIssuer nonces =
      new NonceIssuer(
          SecretBytes.random(32, new SecureRandom()),
          clock,
          new SecureRandom(),
          Duration.ofMinutes(2));
  private final GrantRequestVerifier verifier = new GrantRequestVerifier(ORIGIN, nonces, 1 << 20);

  @AfterEach
  void close() {
    nonces.close();
  }

  private GrantBody body() {
    return new GrantBody(
        GrantBody.FORMAT,
        ORIGIN,
        new ModelName("acme/chat"),
        new VersionId("3"),
        nonces.issue(1).nonce(),
        SealSuite.X25519,
        Blob.of(new byte[32]),
        Sha256Digest.of(TOKEN.getBytes(StandardCharsets.US_ASCII)),
        List.of(EVIDENCE.digest()),
        "pod-1",
        DeliveryMode.SIDECAR,
        ExpiryMode.WIPE,
        null);
  }

  private static byte[] request(GrantBody body) {
    return envelope(
        KEY.signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body)),
        TOKEN,
        List.of(EVIDENCE));
  }

  private static byte[] envelope(String jws, String token, List<Evidence> evidence) {
    return CanonicalJson.writeRecord(new GrantRequest(jws, token, evidence));
  }

  private byte[] changed(Consumer<ObjectNode> change) {
    ObjectNode tree = StrictJson.mapper().valueToTree(body());
    change.accept(tree);
    return envelope(
        KEY.signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.write(tree)),
        TOKEN,
        List.of(EVIDENCE));
  }

  @Test
  void returnsWhatTheProofKeySigned() {
    GrantBody body = body();
    VerifiedGrantRequest verified = verifier.verifyGrant(request(body), 1);
    assertEquals(body, verified.body());
    assertEquals(KEY.thumbprint(), verified.jkt());
    assertEquals(dev.strongroom.core.grant.Nonce.hash(body.nonce()), verified.nonce().hash());
    assertEquals(List.of(EVIDENCE), verified.evidence());
    assertFalse(verified.toString().contains(TOKEN));
  }

  @Test
  void refusesWhatCannotBeDecoded() {
    assertRefused(ProblemCode.MALFORMED_REQUEST, "{}".getBytes(StandardCharsets.UTF_8));
    assertRefused(ProblemCode.MALFORMED_REQUEST, new byte[0]);
    assertRefused(ProblemCode.TOO_LARGE, new byte[(1 << 20) + 1]);
    assertRefused(ProblemCode.MALFORMED_REQUEST, envelope("a.b.c", TOKEN, List.of()));
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        envelope("A".repeat(GrantRequest.MAX_REQUEST_CHARS + 1), TOKEN, List.of()));
    String good = new String(request(body()), StandardCharsets.UTF_8);
    assertRefused(ProblemCode.MALFORMED_REQUEST, (good + " x").getBytes(StandardCharsets.UTF_8));
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        good.replaceFirst("\\{", "{\"extra\":1,").getBytes(StandardCharsets.UTF_8));
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        good.replaceFirst("\\{", "{\"request\":\"x\",").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void refusesABodyOfAnotherForm() {
    assertRefused(ProblemCode.MALFORMED_REQUEST, changed(body -> body.put("extra", 1)));
    assertRefused(ProblemCode.MALFORMED_REQUEST, changed(body -> body.remove("mode")));
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, changed(body -> body.put("format", "x/v2")));
    assertRefused(ProblemCode.INVALID_NAME, changed(body -> body.put("model", "ACME/chat")));
    assertRefused(
        ProblemCode.UNSUPPORTED_ALGORITHM, changed(body -> body.put("suite", "rsa-oaep")));
    assertRefused(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        changed(body -> body.put("suite", "xwing-hkdf-sha256-aes256gcm")));
    byte[] spaced =
        (" " + new String(CanonicalJson.writeRecord(body()), StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        envelope(KEY.signWithKey(MessageType.GRANT_REQUEST, spaced), TOKEN, List.of(EVIDENCE)));
  }

  @Test
  void refusesAnotherOrigin() {
    assertRefused(
        ProblemCode.ORIGIN_MISMATCH, changed(body -> body.put("origin", "https://evil.example")));
    assertRefused(ProblemCode.ORIGIN_MISMATCH, changed(body -> body.put("origin", ORIGIN + "/")));
  }

  @Test
  void refusesAProofThatDoesNotHold() {
    byte[] payload = CanonicalJson.writeRecord(body());
    String jws = KEY.signWithKey(MessageType.GRANT_REQUEST, payload);
    String other =
        SigningKey.generate(SignatureAlgorithm.EDDSA)
            .signWithKey(MessageType.GRANT_REQUEST, payload);
    String mixed = other.substring(0, other.indexOf('.')) + jws.substring(jws.indexOf('.'));
    assertRefused(ProblemCode.PROOF_INVALID, envelope(mixed, TOKEN, List.of(EVIDENCE)));
    assertRefused(ProblemCode.PROOF_INVALID, envelope(jws, TOKEN + "x", List.of(EVIDENCE)));
    assertRefused(ProblemCode.PROOF_INVALID, envelope(jws, TOKEN, List.of()));
    assertRefused(ProblemCode.PROOF_INVALID, envelope(jws, TOKEN, List.of(EVIDENCE, EVIDENCE)));
    assertRefused(
        ProblemCode.PROOF_INVALID,
        envelope(jws, TOKEN, List.of(new Evidence("tdx", EVIDENCE.data()))));
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        envelope(KEY.sign(MessageType.GRANT_REQUEST, payload), TOKEN, List.of(EVIDENCE)));
    assertRefused(
        ProblemCode.MALFORMED_REQUEST,
        envelope(KEY.signWithKey(MessageType.DPOP, payload), TOKEN, List.of(EVIDENCE)));
    assertRefused(
        ProblemCode.TOKEN_MALFORMED, envelope(jws, "A".repeat(16_385), List.of(EVIDENCE)));
  }

  @Test
  void refusesANonceThatIsNotGood() {
    assertRefused(ProblemCode.NONCE_INVALID, changed(body -> body.put("nonce", "A".repeat(64))));
    assertEquals(
        ProblemCode.NONCE_INVALID,
        assertThrows(Problem.class, () -> verifier.verifyGrant(request(body()), 2)).code());
    byte[] request = request(body());
    clock.advance(Duration.ofMinutes(2));
    assertRefused(ProblemCode.NONCE_EXPIRED, request);
  }

  @Test
  void verifiesDraftsTheSameWay() {
    DraftBody body =
        new DraftBody(
            DraftBody.FORMAT,
            ORIGIN,
            new ModelName("acme/chat"),
            new VersionId("3"),
            nonces.issue(1).nonce(),
            SealSuite.X25519,
            Blob.of(new byte[32]),
            Sha256Digest.of(TOKEN.getBytes(StandardCharsets.US_ASCII)));
    byte[] payload = CanonicalJson.writeRecord(body);
    byte[] request =
        CanonicalJson.writeRecord(
            new DraftRequest(KEY.signWithKey(MessageType.DRAFT_REQUEST, payload), TOKEN));
    VerifiedDraftRequest verified = verifier.verifyDraft(request, 1);
    assertEquals(body, verified.body());
    assertEquals(KEY.thumbprint(), verified.jkt());
    assertEquals(
        ProblemCode.MALFORMED_REQUEST,
        assertThrows(Problem.class, () -> verifier.verifyGrant(request, 1)).code());
    byte[] asGrant =
        CanonicalJson.writeRecord(
            new DraftRequest(KEY.signWithKey(MessageType.GRANT_REQUEST, payload), TOKEN));
    assertEquals(
        ProblemCode.MALFORMED_REQUEST,
        assertThrows(Problem.class, () -> verifier.verifyDraft(asGrant, 1)).code());
    byte[] otherToken =
        CanonicalJson.writeRecord(
            new DraftRequest(KEY.signWithKey(MessageType.DRAFT_REQUEST, payload), "other"));
    assertEquals(
        ProblemCode.PROOF_INVALID,
        assertThrows(Problem.class, () -> verifier.verifyDraft(otherToken, 1)).code());
  }

  private void assertRefused(ProblemCode code, byte[] request) {
    assertEquals(code, assertThrows(Problem.class, () -> verifier.verifyGrant(request, 1)).code());
  }
}
