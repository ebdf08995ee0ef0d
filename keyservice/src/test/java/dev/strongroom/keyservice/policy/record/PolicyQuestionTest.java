package dev.strongroom.keyservice.policy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.identity.VerifiedCertificate;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Decision;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was asked is asked again as it was. */
class PolicyQuestionTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final String DOMAIN = "spiffe://prod.test";
  private static final String CHAT = "spiffe://prod.test/ns/ml/sa/chat";
  private static final String OTHER = "spiffe://prod.test/ns/ml/sa/other";

  private static final CompiledPolicy JOINED =
      CandidatePolicy.of(
          """
          format: strongroom-policy/v1
          bindings:
            - name: inference
              actions: [decrypt]
              subjects: [{issuer: "spiffe://prod.test", subject: "spiffe://prod.test/ns/ml/sa/chat"}]
              models: [acme/*]
          identities:
            - models: [acme/*]
              allOf: [spiffe-jwt, spiffe-x509]
          conditions:
            - name: both
              models: [acme/*]
              expression: identity.x509 == identity.subject && "spiffe-jwt" in workload.identities
          evidence:
            - models: [acme/*]
              allowUnattested: true
          """,
          List.of());

  private static AccessRequest request(List<IdentityKind> kinds, @Nullable String x509) {
    VerifiedCertificate certificate =
        x509 == null
            ? null
            : new VerifiedCertificate(DOMAIN, x509, Sha256Digest.of(new byte[] {1}), NOW);
    return new AccessRequest(
        Action.DECRYPT,
        new Identity(DOMAIN, CHAT, Map.of("aud", "strongroom"), "id", NOW, kinds, certificate),
        new ModelName("acme/chat"),
        new VersionId("1"),
        new AccessRequest.Workload(
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null,
            null,
            List.of(),
            EvidenceClaims.NONE,
            NOW,
            null),
        "10.1.2.3",
        NOW);
  }

  private static AccessRequest again(AccessRequest asked) throws JsonProcessingException {
    String kept = StrictJson.mapper().writeValueAsString(PolicyQuestion.of(asked));
    return read(kept).asked(Instant.EPOCH);
  }

  private static PolicyQuestion read(String kept) throws JsonProcessingException {
    return StrictJson.mapper().readValue(kept, PolicyQuestion.class);
  }

  private static String question(String identity, String workload) {
    return "{\"action\":\"decrypt\",\"identity\":{\"issuer\":\"https://i\",\"subject\":\"a\""
        + identity
        + "},\"workload\":{\"mode\":\"sidecar\",\"onExpiry\":\"wipe\",\"evidence\":[]"
        + workload
        + "},\"peer\":\"127.0.0.1\"}";
  }

  private static void decidesAlike(AccessRequest asked) throws JsonProcessingException {
    assertEquals(JOINED.decide(asked), JOINED.decide(again(asked)));
  }

  @Test
  void identitiesThatCameTogetherAreJudgedAgainAsTheyWere() throws JsonProcessingException {
    AccessRequest both = request(List.of(IdentityKind.SPIFFE_JWT, IdentityKind.SPIFFE_X509), CHAT);
    assertInstanceOf(Decision.Allowed.class, JOINED.decide(both));
    decidesAlike(both);
    AccessRequest borrowed =
        request(List.of(IdentityKind.SPIFFE_JWT, IdentityKind.SPIFFE_X509), OTHER);
    assertEquals(
        ProblemCode.IDENTITY_MISMATCH,
        assertInstanceOf(Decision.Refused.class, JOINED.decide(borrowed)).code());
    decidesAlike(borrowed);
    AccessRequest token = request(List.of(IdentityKind.SPIFFE_JWT), null);
    assertEquals(
        ProblemCode.IDENTITY_REQUIRED,
        assertInstanceOf(Decision.Refused.class, JOINED.decide(token)).code());
    decidesAlike(token);
    decidesAlike(request(List.of(IdentityKind.SPIFFE_X509), CHAT));
  }

  @Test
  void aRecordWithoutKindsIsOfAToken() throws JsonProcessingException {
    Identity old = read(question("", "")).asked(NOW).identity();
    assertEquals(List.of("oidc"), old.kindNames());
    assertNull(old.certificateId());
    String cluster = ",\"cluster\":{\"pod\":null,\"faults\":[]}";
    assertEquals(
        List.of("kubernetes"), read(question("", cluster)).asked(NOW).identity().kindNames());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'kinds':['oidc','kubernetes'] | kinds: one of",
        "'kinds':['spiffe-x509','oidc'],'x509':'spiffe://p.test/a' | kinds: one of",
        "'kinds':['oidc','oidc'] | kinds: one of",
        "'kinds':[] | kinds: one of",
        "'kinds':[null] | kinds: one of",
        "'kinds':['spiffe'] | IdentityKind",
        "'kinds':'oidc' | ArrayList",
        "'kind':['oidc'] | Unrecognized field",
        "'kinds':['oidc','spiffe-x509'] | x509: a SPIFFE ID is wanted",
        "'kinds':['oidc'],'x509':'spiffe://p.test/a' | x509: a SPIFFE ID is wanted",
        "'x509':'spiffe://p.test/a' | x509: a SPIFFE ID is wanted",
        "'kinds':['oidc','spiffe-x509'],'x509':'spiffe://p.test' | SPIFFE ID of a workload",
        "'kinds':['oidc','spiffe-x509'],'x509':'https://p.test/a' | SPIFFE ID of a workload",
        "'kinds':['spiffe-jwt'] | kinds: an SVID",
      })
  void whatNobodyCanProveIsRefused(String identity, String why) {
    String kept = question("," + identity.replace('\'', '"'), "");
    JsonProcessingException refused =
        assertThrows(JsonProcessingException.class, () -> read(kept), kept);
    assertTrue(refused.toString().contains(why), refused::toString);
  }

  @Test
  void svidsAndPodsAreOfTheirOwnKinds() {
    String svid = question(",'kinds':['spiffe-x509'],'x509':'" + CHAT + "'", "");
    String own =
        svid.replace('\'', '"').replace("https://i", DOMAIN).replace("\"a\"", "\"" + CHAT + "\"");
    assertEquals(CHAT, assertReads(own).certificateId());
    for (String[] change :
        new String[][] {
          {"\"subject\":\"" + CHAT, "\"subject\":\"" + OTHER},
          {"\"" + DOMAIN + "\"", "\"spiffe://other.test\""},
          {"\"kinds\":[\"spiffe-x509\"],\"x509\":\"" + CHAT + "\"", "\"kinds\":[\"oidc\"]"}
        }) {
      assertTrue(own.contains(change[0]), change[0]);
      assertThrows(
          JsonProcessingException.class, () -> read(own.replace(change[0], change[1])), change[1]);
    }
    String pod = question(",\"kinds\":[\"oidc\"]", ",\"cluster\":{\"pod\":null,\"faults\":[]}");
    assertThrows(JsonProcessingException.class, () -> read(pod));
    assertEquals(List.of("kubernetes"), assertReads(pod.replace("oidc", "kubernetes")).kindNames());
  }

  private static Identity assertReads(String kept) {
    try {
      return read(kept).asked(NOW).identity();
    } catch (JsonProcessingException e) {
      throw new AssertionError(kept, e);
    }
  }
}
