package dev.strongroom.delivery.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TestAuthority;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each check of section 4.3 has an answer here that fails by that check alone. */
class GrantVerificationTest {
  private static final String TOKEN = "header.payload.signature";
  private static final InstantSource CLOCK = InstantSource.fixed(TestAuthority.NOW);

  @TempDir Path directory;
  private static @TempDir Path authorityFolder;
  private static TestAuthority authority;
  private final SealedVersion version = SealedVersion.typical();
  private final GrantKeys keys = GrantKeys.generate(SealSuite.X25519);

  @BeforeAll
  static void open() {
    authority = new TestAuthority(authorityFolder, CLOCK);
  }

  @AfterAll
  static void closeAuthority() {
    authority.close();
  }

  @AfterEach
  void close() {
    keys.close();
  }

  private static GrantBody body(GrantKeys keys, DeliveryMode mode) {
    return new GrantBody(
        GrantBody.FORMAT,
        TestAuthority.ORIGIN,
        dev.strongroom.core.id.ModelVersion.parse("acme/chat:3").model(),
        dev.strongroom.core.id.ModelVersion.parse("acme/chat:3").version(),
        "n".repeat(43),
        keys.sealKey().suite(),
        Blob.of(keys.sealKey().publicKey()),
        Sha256Digest.of(TOKEN.getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
        List.of(),
        null,
        mode,
        ExpiryMode.WIPE,
        null);
  }

  private Grant grant(GrantBody body) {
    return authority.grant(
        new TestAuthority.Terms(body, keys.proofKey().publicKey(), 60, 20, 30), version.manifest());
  }

  private GrantResponse answer() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    return authority.answer(grant(body), body, version, List.of());
  }

  private VerifiedGrant verify(GrantResponse answer, TrustBundle trust) {
    return new GrantVerification(trust, CLOCK)
        .verify(answer, body(keys, DeliveryMode.SIDECAR), keys);
  }

  private void refuses(ProblemCode code, GrantResponse answer) {
    refuses(code, answer, authority.trust());
  }

  private void refuses(ProblemCode code, GrantResponse answer, TrustBundle trust) {
    Problem problem = assertThrows(Problem.class, () -> verify(answer, trust).close());
    assertEquals(code, problem.code(), problem.getMessage());
  }

  /** The same grant with another value of one member, signed by the right key. */
  private GrantResponse withGrantMember(String member, String value) {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    ObjectNode tree = StrictJson.mapper().valueToTree(grant(body));
    tree.set(member, TextNode.valueOf(value));
    Grant changed = CanonicalJson.parse(CanonicalJson.write(tree), Grant.class, 1 << 16);
    return authority.answer(changed, body, version, List.of());
  }

  @ParameterizedTest
  @EnumSource(SealSuite.class)
  void aRightAnswerGivesTheDataKey(SealSuite suite) {
    try (GrantKeys fresh = GrantKeys.generate(suite)) {
      GrantBody body = body(fresh, DeliveryMode.INIT);
      Grant grant =
          authority.grant(
              new TestAuthority.Terms(body, fresh.proofKey().publicKey(), 60, 20, 30),
              version.manifest());
      GrantResponse answer = authority.answer(grant, body, version, List.of());
      try (VerifiedGrant verified =
          new GrantVerification(authority.trust(), CLOCK).verify(answer, body, fresh)) {
        assertEquals(grant, verified.grant());
        assertEquals(version.manifest(), verified.manifest().manifest());
        assertTrue(version.dataKey().use(verified.dataKey()::sameAs));
      }
    }
  }

  // 1: signature under a pinned, valid key

  @Test
  void aGrantByAKeyThatIsNotPinned() {
    SigningKey other = SigningKey.generate(SignatureAlgorithm.ES256);
    refuses(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        answer(),
        authority.trust(PinnedKey.of(other.publicKey()), "acme/*"));
  }

  @ParameterizedTest
  @CsvSource({"2026-06-02T00:00:00Z,", ",2026-06-01T12:00:00Z"})
  void aGrantByAKeyOutsideItsValidity(
      @org.jspecify.annotations.Nullable String from,
      @org.jspecify.annotations.Nullable String until) {
    String spki = PinnedKey.of(authority.grantKey.publicKey()).spki();
    refuses(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        answer(),
        authority.trust(new PinnedKey(spki, from, until), "acme/*"));
  }

  @Test
  void aGrantThatWasChangedAfterSigning() {
    GrantResponse right = answer();
    String[] parts = right.grant().split("\\.", -1);
    String payload =
        parts[1].substring(0, 20)
            + (parts[1].charAt(20) == 'A' ? 'B' : 'A')
            + parts[1].substring(21);
    refuses(
        ProblemCode.GRANT_SIGNATURE_INVALID,
        with(right, parts[0] + "." + payload + "." + parts[2]));
  }

  @Test
  void aSignedMessageOfAnotherType() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    String other =
        authority.grantKey.sign(
            MessageType.LEASE_STATEMENT, CanonicalJson.writeRecord(grant(body)));
    refuses(ProblemCode.GRANT_SIGNATURE_INVALID, with(answer(), other));
  }

  @Test
  void aGrantSignedByItsOwnHeaderKey() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    String selfSigned =
        SigningKey.generate(SignatureAlgorithm.ES256)
            .signWithKey(MessageType.GRANT, CanonicalJson.writeRecord(grant(body)));
    refuses(ProblemCode.GRANT_SIGNATURE_INVALID, with(answer(), selfSigned));
  }

  private static GrantResponse with(GrantResponse right, String grant) {
    return new GrantResponse(
        grant, right.sealedKey(), right.manifest(), right.objects(), right.leaf(), right.receipt());
  }

  // 2: what was asked for

  @ParameterizedTest
  @CsvSource({
    "iss, https://keys.example.com",
    "model, acme/other",
    "version, 4",
    "mode, init",
    "podUid, 11111111-2222-3333-4444-555555555555",
    "sealKeyHash, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "nonceHash, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  })
  void aGrantForSomethingElse(String member, String value) {
    refuses(ProblemCode.GRANT_MISMATCH, withGrantMember(member, value));
  }

  @Test
  void aGrantForAnotherProofKey() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    SigningKey other = SigningKey.generate(SignatureAlgorithm.EDDSA);
    Grant grant =
        authority.grant(
            new TestAuthority.Terms(body, other.publicKey(), 60, 20, 30), version.manifest());
    refuses(ProblemCode.GRANT_MISMATCH, authority.answer(grant, body, version, List.of()));
  }

  @Test
  void aTrustBundleOfAnotherService() {
    TrustBundle mine = authority.trust();
    TrustBundle other =
        new TrustBundle(
            mine.format(),
            "https://keys.example.com",
            mine.grantKeys(),
            mine.log(),
            mine.publishers());
    refuses(ProblemCode.GRANT_MISMATCH, answer(), other);
  }

  // 3: the log

  @Test
  void anEntryAboutAnotherGrant() {
    GrantResponse one = answer();
    GrantResponse other = answer();
    refuses(
        ProblemCode.RECEIPT_INVALID,
        new GrantResponse(
            one.grant(),
            one.sealedKey(),
            one.manifest(),
            one.objects(),
            other.leaf(),
            other.receipt()));
  }

  @Test
  void aLeafThatIsNotTheOneInTheTree() {
    GrantResponse one = answer();
    GrantResponse other = answer();
    refuses(
        ProblemCode.RECEIPT_INVALID,
        new GrantResponse(
            one.grant(),
            one.sealedKey(),
            one.manifest(),
            one.objects(),
            one.leaf(),
            other.receipt()));
  }

  @Test
  void anEntryThatNamesAnotherSealedKey() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    GrantResponse right = authority.answer(grant(body), body, version, List.of());
    SealedKey again =
        SealedKey.seal(
            SealSuite.X25519,
            body.sealKey().bytes(),
            Grant.sealInfo(right.grant()),
            new byte[0],
            version.dataKey());
    refuses(
        ProblemCode.RECEIPT_INVALID,
        new GrantResponse(
            right.grant(),
            again,
            right.manifest(),
            right.objects(),
            right.leaf(),
            right.receipt()));
  }

  @Test
  void anEntryOfAnotherKind() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    refuses(
        ProblemCode.RECEIPT_INVALID,
        authority.answer(
            grant(body),
            body,
            version,
            List.of(),
            event -> LogEvent.PolicyApplied.ofFile(1, Sha256Digest.of(new byte[0]))));
  }

  @Test
  void aReceiptOfAnotherLog() {
    try (TestAuthority other = new TestAuthority(sub("other"), CLOCK)) {
      TrustBundle mine = authority.trust();
      TrustBundle mixed =
          new TrustBundle(
              mine.format(),
              mine.origin(),
              mine.grantKeys(),
              other.trust().log(),
              mine.publishers());
      refuses(ProblemCode.RECEIPT_INVALID, answer(), mixed);
    }
  }

  @Test
  void aReceiptWithoutTheSecondSignature() {
    GrantResponse right = answer();
    List<String> lines = new ArrayList<>(List.of(right.receipt().split("\n", -1)));
    int last = lines.size() - 2;
    assertTrue(lines.get(last).startsWith("\u2014 "));
    lines.remove(last);
    refuses(ProblemCode.RECEIPT_INVALID, withReceipt(right, String.join("\n", lines)));
  }

  @Test
  void aReceiptThatIsNone() {
    refuses(ProblemCode.RECEIPT_INVALID, withReceipt(answer(), "c2sp.org/tlog-proof@v1\n"));
    refuses(ProblemCode.RECEIPT_INVALID, withReceipt(answer(), ""));
  }

  private static GrantResponse withReceipt(GrantResponse right, String receipt) {
    return new GrantResponse(
        right.grant(), right.sealedKey(), right.manifest(), right.objects(), right.leaf(), receipt);
  }

  // 4: the manifest

  @Test
  void aManifestByAPublisherOfOtherModels() {
    refuses(
        ProblemCode.PUBLISHER_UNKNOWN,
        answer(),
        authority.trust(PinnedKey.of(authority.grantKey.publicKey()), "umbrella/*"));
  }

  @Test
  void aManifestByAnUnknownPublisher() {
    try (TestAuthority other = new TestAuthority(sub("other"), CLOCK)) {
      refuses(
          ProblemCode.PUBLISHER_UNKNOWN,
          withManifest(answer(), other.envelope(version.manifest())));
    }
  }

  @Test
  void aManifestThatWasChangedAfterSigning() {
    byte[] envelope = authority.envelope(version.manifest());
    String text = new String(envelope, java.nio.charset.StandardCharsets.US_ASCII);
    int at = text.indexOf("\"payload\":\"") + 11 + 40;
    char other = text.charAt(at) == 'A' ? 'B' : 'A';
    String changed = text.substring(0, at) + other + text.substring(at + 1);
    refuses(
        ProblemCode.MANIFEST_SIGNATURE_INVALID,
        withManifest(answer(), changed.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
  }

  @Test
  void aSignedManifestOfAnotherVersion() {
    SealedVersion other =
        SealedVersion.of("acme/chat:4", SealedVersion.SEGMENT, Map.of("a", new byte[5]));
    refuses(
        ProblemCode.MANIFEST_DIGEST_MISMATCH,
        withManifest(answer(), authority.envelope(other.manifest())));
  }

  @Test
  void noManifestAtAll() {
    refuses(ProblemCode.MANIFEST_INVALID, withManifest(answer(), new byte[] {'{', '}'}));
  }

  private static GrantResponse withManifest(GrantResponse right, byte[] envelope) {
    return new GrantResponse(
        right.grant(),
        right.sealedKey(),
        Blob.of(envelope),
        right.objects(),
        right.leaf(),
        right.receipt());
  }

  // 5: the sealed key, which must also be the one in the log for this check to be reached

  @Test
  void aKeySealedUnderAnotherContext() {
    GrantBody body = body(keys, DeliveryMode.SIDECAR);
    GrantResponse right = answer();
    SealedKey other =
        SealedKey.seal(
            SealSuite.X25519,
            body.sealKey().bytes(),
            Grant.sealInfo(right.grant()),
            new byte[] {1},
            version.dataKey());
    refuses(ProblemCode.SEALED_KEY_INVALID, logged(right, other));
  }

  @Test
  void aKeySealedToSomebodyElse() {
    GrantResponse right = answer();
    try (GrantKeys others = GrantKeys.generate(SealSuite.X25519)) {
      Grant grant = parsed(right);
      SealedKey other =
          SealedKey.seal(
              SealSuite.X25519,
              others.sealKey().publicKey(),
              Grant.sealInfo(right.grant()),
              grant.sealContext(),
              version.dataKey());
      refuses(ProblemCode.SEALED_KEY_INVALID, logged(right, other));
    }
  }

  private Grant parsed(GrantResponse answer) {
    LogEvent event = EventCodec.read(answer.leaf().bytes());
    assertTrue(event instanceof LogEvent.GrantIssued);
    byte[] payload =
        dev.strongroom.core.jose.UnverifiedJws.parse(
                answer.grant(),
                MessageType.GRANT,
                Grant.MAX_CHARS,
                ProblemCode.GRANT_SIGNATURE_INVALID)
            .verify(authority.grantKey.publicKey(), ProblemCode.GRANT_SIGNATURE_INVALID);
    return CanonicalJson.parse(payload, Grant.class, Grant.MAX_CHARS);
  }

  private GrantResponse logged(GrantResponse right, SealedKey sealed) {
    ObjectNode leaf = (ObjectNode) CanonicalJson.parse(right.leaf().bytes(), 1 << 16);
    leaf.put("sealedKeyHash", sealed.digest().hex());
    byte[] bytes = CanonicalJson.write(leaf);
    return new GrantResponse(
        right.grant(),
        sealed,
        right.manifest(),
        right.objects(),
        Blob.of(bytes),
        authority.append(bytes).toDetachedText());
  }

  private Path sub(String name) {
    try {
      return java.nio.file.Files.createDirectory(directory.resolve(name));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
