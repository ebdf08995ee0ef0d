package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.explained;
import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.secret.SecretBytes;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Grants over real connections: what is released, and each refusal with its code. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GrantTest {
  private TestService service;
  private PublishedModel chat;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    service = TestService.start(folder);
    chat = PublishedModel.publish(service, "acme/chat", "1");
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @ParameterizedTest
  @EnumSource(SealSuite.class)
  void releasesTheDataKey(SealSuite suite) throws Exception {
    for (SignatureAlgorithm proof : SignatureAlgorithm.values()) {
      try (TestWorkload workload =
          new TestWorkload(service, service.token(TestService.INFERENCE), suite, proof)) {
        HttpResponse<String> answer = workload.ask(chat.target());
        assertEquals(200, answer.statusCode(), answer.body());
        GrantResponse response = StrictJson.mapper().readValue(answer.body(), GrantResponse.class);
        Grant grant = verified(response);
        assertEquals(workload.proofKey().thumbprint(), grant.cnf().jkt());
        assertEquals(chat.target(), grant.target());
        assertFalse(grant.attested());
        assertEquals(60, grant.leaseSeconds());
        assertEquals(chat.envelope(), response.manifest());
        assertEquals(1, response.objects().size());
        try (SecretBytes key =
            workload
                .sealKey()
                .open(
                    response.sealedKey(), Grant.sealInfo(response.grant()), grant.sealContext())) {
          assertArrayEquals(chat.dataKey(), key.heapCopy());
        }
        assertRecorded(response, grant);
      }
    }
  }

  private Grant verified(GrantResponse response) {
    UnverifiedJws jws =
        UnverifiedJws.parse(
            response.grant(),
            MessageType.GRANT,
            Grant.MAX_CHARS,
            ProblemCode.GRANT_SIGNATURE_INVALID);
    byte[] payload =
        jws.verify(
            service.service().trust().grantKey(jws.keyId(), Instant.now()),
            ProblemCode.GRANT_SIGNATURE_INVALID);
    return CanonicalJson.parse(payload, Grant.class, payload.length);
  }

  private void assertRecorded(GrantResponse response, Grant grant) {
    var trust = service.service().trust().log();
    byte[] leaf = response.leaf().bytes();
    ReceiptVerifier.verify(
        Receipt.parse(response.receipt(), leaf),
        leaf,
        LogTrust.of(
            trust.origin(),
            trust.keys().stream().map(key -> VerifierKey.parse(key.vkey())).toList()),
        Instant.now());
    LogEvent.GrantIssued entry = (LogEvent.GrantIssued) EventCodec.read(leaf);
    assertEquals(grant.lease(), entry.lease());
    assertEquals(
        Sha256Digest.of(response.grant().getBytes(StandardCharsets.US_ASCII)), entry.grantHash());
    assertEquals(response.sealedKey().digest(), entry.sealedKeyHash());
    assertEquals(grant.nonceHash(), entry.nonceHash());
    assertEquals(DataKeySource.BACKEND, entry.dataKeySource(), "no data key is held by default");
  }

  @Test
  void usesANonceOnce() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      GrantRequest request = workload.request(workload.body(chat.target(), nonce(workload)));
      assertEquals(200, workload.send(request).statusCode());
      refused(workload.send(request), ProblemCode.NONCE_USED);
    }
  }

  @Test
  void usesTheNonceOfARefusalUp() throws Exception {
    try (TestWorkload stranger = new TestWorkload(service, TestService.STRANGER)) {
      GrantRequest request = stranger.request(stranger.body(chat.target(), nonce(stranger)));
      explained(stranger.send(request), ProblemCode.ACCESS_DENIED);
      refused(stranger.send(request), ProblemCode.NONCE_USED);
    }
  }

  @Test
  void refusesWhatIsNoRequest() throws Exception {
    for (String body :
        List.of(
            "",
            "{}",
            "[]",
            "null",
            "{\"request\":1}",
            "{\"request\":\"a.b.c\",\"identityToken\":\"t\",\"evidence\":[]}",
            "{\"request\":\"a\",\"request\":\"b\",\"identityToken\":\"t\",\"evidence\":[]}",
            "{\"request\":\"a.b.c\",\"identityToken\":\"t\",\"evidence\":[],\"more\":1}",
            "{\"request\":\"a.b.c\",\"identityToken\":\"t\",\"evidence\":[]} x")) {
      refused(
          service.postJson("/v1/grants", body.getBytes(StandardCharsets.UTF_8)),
          ProblemCode.MALFORMED_REQUEST);
    }
  }

  @Test
  void refusesAnotherOrigin() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      refused(
          workload.ask(
              chat.target(),
              body ->
                  TestWorkload.with(
                      body,
                      "https://other.test",
                      body.nonce(),
                      body.tokenHash(),
                      List.of(),
                      null,
                      DeliveryMode.SIDECAR)),
          ProblemCode.ORIGIN_MISMATCH);
    }
  }

  @Test
  void refusesAProofThatDoesNotHold() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      GrantRequest good = workload.request(workload.body(chat.target(), nonce(workload)));
      int last = good.request().length() - 20;
      char other = good.request().charAt(last) == 'A' ? 'B' : 'A';
      String changed =
          good.request().substring(0, last) + other + good.request().substring(last + 1);
      refused(
          workload.send(new GrantRequest(changed, good.identityToken(), List.of())),
          ProblemCode.PROOF_INVALID);
      refused(
          workload.send(
              new GrantRequest(good.request(), service.token(TestService.INFERENCE), List.of())),
          ProblemCode.PROOF_INVALID);
      refused(
          workload.send(
              new GrantRequest(
                  good.request(),
                  good.identityToken(),
                  List.of(new Evidence("tdx", Blob.of(new byte[] {1}))))),
          ProblemCode.PROOF_INVALID);
      assertEquals(200, workload.send(good).statusCode(), "the nonce was not used up");
    }
  }

  @Test
  void refusesNoncesOfOthers() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      refused(
          workload.send(workload.request(workload.body(chat.target(), "n".repeat(76)))),
          ProblemCode.NONCE_INVALID);
    }
  }

  @Test
  void refusesTokensThatDoNotVerify() throws Exception {
    Map<ProblemCode, String> tokens =
        Map.of(
            ProblemCode.TOKEN_AUDIENCE_MISMATCH,
            service.issuer().mint(TestService.INFERENCE, "elsewhere", Duration.ofMinutes(5)),
            ProblemCode.TOKEN_EXPIRED,
            service
                .issuer()
                .mint(TestService.INFERENCE, TestService.AUDIENCE, Duration.ofMinutes(-5)),
            ProblemCode.TOKEN_NOT_YET_VALID,
            service
                .issuer()
                .mint(
                    TestService.INFERENCE,
                    TestService.AUDIENCE,
                    Duration.ofMinutes(30),
                    Map.of("nbf", Instant.now().plusSeconds(900))),
            ProblemCode.TOKEN_ISSUER_UNKNOWN,
            service
                .issuer()
                .mint(
                    TestService.INFERENCE,
                    TestService.AUDIENCE,
                    Duration.ofMinutes(5),
                    Map.of("iss", "https://stranger.test")),
            ProblemCode.TOKEN_SIGNATURE_INVALID,
            broken(service.token(TestService.INFERENCE)),
            ProblemCode.TOKEN_MALFORMED,
            "no token");
    for (var each : tokens.entrySet()) {
      try (TestWorkload workload =
          new TestWorkload(service, each.getValue(), SealSuite.X25519, SignatureAlgorithm.ES256)) {
        refused(workload.ask(chat.target()), each.getKey());
      }
    }
  }

  private static String broken(String token) {
    int at = token.lastIndexOf('.') + 10;
    char other = token.charAt(at) == 'A' ? 'B' : 'A';
    return token.substring(0, at) + other + token.substring(at + 1);
  }

  @Test
  void refusesAPodThatTheTokenDoesNotName() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      refused(
          workload.ask(chat.target(), body -> inPod(body, "11111111-2222")),
          ProblemCode.TOKEN_CLAIM_MISSING);
    }
    String bound =
        service
            .issuer()
            .mint(
                TestService.INFERENCE,
                TestService.AUDIENCE,
                Duration.ofMinutes(5),
                Map.of("kubernetes.io", Map.of("pod", Map.of("uid", "11111111-2222"))));
    try (TestWorkload workload =
        new TestWorkload(service, bound, SealSuite.X25519, SignatureAlgorithm.EDDSA)) {
      refused(workload.ask(chat.target()), ProblemCode.TOKEN_CLAIM_MISSING);
      assertEquals(
          200, workload.ask(chat.target(), body -> inPod(body, "11111111-2222")).statusCode());
    }
  }

  private static GrantBody inPod(GrantBody body, String podUid) {
    return TestWorkload.with(
        body,
        body.origin(),
        body.nonce(),
        body.tokenHash(),
        List.of(),
        podUid,
        DeliveryMode.SIDECAR);
  }

  @Test
  void refusesEvidenceThatNobodyCanVerify() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      Evidence evidence = new Evidence("sev-snp", Blob.of(new byte[] {1, 2, 3}));
      GrantBody body = workload.body(chat.target(), nonce(workload));
      GrantBody bound =
          TestWorkload.with(
              body,
              body.origin(),
              body.nonce(),
              body.tokenHash(),
              List.of(evidence.digest()),
              null,
              DeliveryMode.SIDECAR);
      explained(
          workload.send(workload.request(bound, List.of(evidence))),
          ProblemCode.EVIDENCE_UNVERIFIABLE);
    }
  }

  @Test
  void refusesWherePolicyWantsEvidence() throws Exception {
    PublishedModel attested = PublishedModel.publish(service, "acme/attested", "1");
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      explained(workload.ask(attested.target()), ProblemCode.EVIDENCE_REQUIRED);
    }
  }

  @Test
  void refusesWhatNoBindingAllowsAndWhatAConditionForbids() throws Exception {
    try (TestWorkload stranger = new TestWorkload(service, TestService.STRANGER);
        TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      explained(stranger.ask(chat.target()), ProblemCode.ACCESS_DENIED);
      explained(workload.ask(version("acme/forbidden", "1")), ProblemCode.CONDITION_FAILED);
      explained(stranger.ask(version("acme/unknown", "1")), ProblemCode.ACCESS_DENIED);
    }
  }

  @Test
  void refusesAModeThatPolicyForbids() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      HttpResponse<String> refusal =
          workload.ask(
              chat.target(),
              body ->
                  TestWorkload.with(
                      body,
                      body.origin(),
                      body.nonce(),
                      body.tokenHash(),
                      List.of(),
                      null,
                      DeliveryMode.INIT));
      explained(refusal, ProblemCode.MODE_FORBIDDEN);
      assertTrue(refusal.body().contains("mode 'init'"), refusal.body());
    }
  }

  @Test
  void refusesVersionsThatAreNotThere() throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      explained(workload.ask(version("acme/chat", "99")), ProblemCode.VERSION_UNKNOWN);
    }
  }

  private static ModelVersion version(String model, String version) {
    return new ModelVersion(new ModelName(model), new VersionId(version));
  }

  private static String nonce(TestWorkload workload) throws IOException, InterruptedException {
    return workload.nonce().nonce();
  }
}
