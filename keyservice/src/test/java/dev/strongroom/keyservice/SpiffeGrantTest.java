package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.SpiffeStage.AUDIENCE;
import static dev.strongroom.keyservice.SpiffeStage.INFERENCE;
import static dev.strongroom.keyservice.SpiffeStage.STRANGER;
import static dev.strongroom.keyservice.SpiffeStage.granted;
import static dev.strongroom.keyservice.SpiffeStage.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.IdentityProof;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.spiffe.SvidRecipe;
import dev.strongroom.testkit.spiffe.TestSvid;
import dev.strongroom.testkit.spiffe.TestTrustDomain;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SVIDs through real grants, with bundles from a Workload API. */
@Timeout(180)
class SpiffeGrantTest {
  @TempDir private Path folder;
  private SpiffeStage stage;
  private ModelVersion model;

  @BeforeEach
  void start() throws Exception {
    stage = new SpiffeStage(folder);
    model = PublishedModel.publish(stage.service, "acme/chat", "1").target();
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private ModelVersion publish(String name) throws Exception {
    return PublishedModel.publish(stage.service, name, "1").target();
  }

  /** Asks until the answer is this; what changes follows on a stream. */
  private HttpResponse<String> until(int status, SvidCaller caller) throws Exception {
    HttpResponse<String> answer = caller.ask(model);
    while (answer.statusCode() != status) {
      answer = caller.ask(model);
    }
    return answer;
  }

  private IdentityProof lastProof() {
    IdentityProof proof = stage.service.log(LogEvent.GrantIssued.class).getLast().identities();
    return proof == null ? IdentityProof.OIDC : proof;
  }

  @Test
  void aJwtSvidIsAnIdentity() throws Exception {
    try (SvidCaller caller = stage.withToken(stage.jwt())) {
      Grant grant = granted(until(200, caller));
      assertEquals("spiffe://prod.test|" + stage.prod.id(INFERENCE), grant.subject());
    }
    assertEquals(new IdentityProof(List.of("spiffe-jwt"), null, null), lastProof());
  }

  @Test
  void anX509SvidAloneIsAnIdentity() throws Exception {
    TestSvid svid = stage.svid();
    try (SvidCaller caller = stage.withCertificate(svid)) {
      Grant grant = granted(until(200, caller));
      assertEquals("spiffe://prod.test|" + stage.prod.id(INFERENCE), grant.subject());
      assertEquals(
          new IdentityProof(List.of("spiffe-x509"), stage.prod.id(INFERENCE), caller.certificate()),
          lastProof());
    }
  }

  @Test
  void bothTogetherAreWhatAPolicyMayWant() throws Exception {
    ModelVersion joined = publish("acme/joined");
    try (SvidCaller both = stage.caller(stage.jwt(), stage.svid());
        SvidCaller token = stage.withToken(stage.jwt());
        SvidCaller certificate = stage.withCertificate(stage.svid());
        SvidCaller other = stage.caller(stage.jwt(), stage.prod.issue(STRANGER))) {
      until(200, both);
      granted(both.ask(joined));
      assertEquals(List.of("spiffe-jwt", "spiffe-x509"), lastProof().kinds());
      refused(ProblemCode.IDENTITY_REQUIRED, token.ask(joined));
      refused(ProblemCode.IDENTITY_REQUIRED, certificate.ask(joined));
      // A token that was stolen, over the connection of somebody else with an SVID.
      refused(ProblemCode.IDENTITY_MISMATCH, other.ask(joined));
      refused(ProblemCode.IDENTITY_MISMATCH, other.ask(model));
    }
  }

  @Test
  void aConditionMayAskForTheCertificateBesideAnotherToken() throws Exception {
    ModelVersion conditioned = publish("acme/condition");
    String token = stage.service.token(TestService.INFERENCE);
    try (SvidCaller both = stage.caller(token, stage.svid());
        SvidCaller other = stage.caller(token, stage.prod.issue(STRANGER));
        SvidCaller alone = stage.withToken(token)) {
      until(200, both);
      granted(both.ask(conditioned));
      assertEquals(List.of("oidc", "spiffe-x509"), lastProof().kinds());
      refused(ProblemCode.CONDITION_FAILED, other.ask(conditioned));
      refused(ProblemCode.CONDITION_FAILED, alone.ask(conditioned));
    }
  }

  private void refusedToken(ProblemCode code, Map<String, Object> claims) throws Exception {
    try (SvidCaller caller = stage.withToken(stage.prod.sign(claims))) {
      refused(code, caller.ask(model));
    }
  }

  @Test
  void aJwtSvidThatBreaksARuleIsRefused() throws Exception {
    try (SvidCaller good = stage.withToken(stage.jwt())) {
      until(200, good);
    }
    long end = Instant.now().getEpochSecond() + 300;
    String id = stage.prod.id(INFERENCE);
    refusedToken(ProblemCode.TOKEN_CLAIM_MISSING, Map.of("sub", id, "aud", AUDIENCE));
    refusedToken(ProblemCode.TOKEN_CLAIM_MISSING, Map.of("sub", id, "exp", end));
    refusedToken(
        ProblemCode.TOKEN_AUDIENCE_MISMATCH,
        Map.of("sub", id, "aud", List.of("other", AUDIENCE + "-2"), "exp", end));
    refusedToken(ProblemCode.TOKEN_EXPIRED, Map.of("sub", id, "aud", AUDIENCE, "exp", end - 400));
    for (String nobody :
        List.of("spiffe://prod.test", "spiffe://prod.test/", "spiffe://prod.test/a/../b")) {
      refusedToken(ProblemCode.TOKEN_MALFORMED, Map.of("sub", nobody, "aud", AUDIENCE, "exp", end));
    }
    // Federated, with a good signature, and not named by the configuration.
    try (SvidCaller caller = stage.withToken(stage.partner.jwt(INFERENCE, AUDIENCE))) {
      refused(ProblemCode.TRUST_DOMAIN_UNKNOWN, caller.ask(model));
    }
    // One trust domain signs for another.
    Map<String, Object> borrowed = Map.of("sub", id, "aud", AUDIENCE, "exp", end);
    try (SvidCaller caller = stage.withToken(stage.partner.sign(borrowed))) {
      refused(ProblemCode.TOKEN_SIGNATURE_INVALID, caller.ask(model));
    }
  }

  private void refusedCertificate(ProblemCode code, String why, UnaryOperator<SvidRecipe> change)
      throws Exception {
    refusedCertificate(code, why, stage.prod.issue(INFERENCE, change));
  }

  // A good token beside it changes nothing.
  private void refusedCertificate(ProblemCode code, String why, TestSvid svid) throws Exception {
    for (String token : List.of("", stage.service.token(TestService.INFERENCE))) {
      try (SvidCaller caller = stage.caller(token, svid)) {
        HttpResponse<String> answer = caller.ask(model);
        refused(code, answer);
        assertTrue(answer.body().contains(why), answer.body());
      }
    }
  }

  @Test
  void aCertificateThatBreaksARuleIsRefusedWhateverTheToken() throws Exception {
    try (SvidCaller good = stage.withCertificate(stage.svid())) {
      until(200, good);
    }
    ProblemCode invalid = ProblemCode.CERTIFICATE_INVALID;
    Instant now = Instant.now();
    refusedCertificate(
        ProblemCode.CERTIFICATE_EXPIRED, "run out", recipe -> recipe.until(now.minusSeconds(1)));
    refusedCertificate(invalid, "future", recipe -> recipe.from(now.plusSeconds(600)));
    refusedCertificate(invalid, "authority (cA)", recipe -> recipe.asAuthority());
    refusedCertificate(
        invalid,
        "2 URIs",
        recipe -> recipe.withUris(stage.prod.id(INFERENCE), "https://prod.test/"));
    refusedCertificate(invalid, "0 URIs", recipe -> recipe.withUris());
    refusedCertificate(
        invalid, "SPIFFE ID of a workload", recipe -> recipe.withUris("spiffe://prod.test"));
    refusedCertificate(invalid, "key usage", recipe -> recipe.withKeyUsage(null));
    refusedCertificate(
        invalid,
        "key usage",
        recipe -> recipe.withKeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));
    refusedCertificate(invalid, "clients", recipe -> recipe.forServersAlone());
    refusedCertificate(
        ProblemCode.TRUST_DOMAIN_UNKNOWN, "partner.test", stage.partner.issue(INFERENCE));
    // The name of our domain, signed by others: one that we know of, and one that nobody does.
    refusedCertificate(
        invalid,
        "does not lead",
        stage.partner.issue(INFERENCE, recipe -> recipe.withUris(stage.prod.id(INFERENCE))));
    refusedCertificate(invalid, "does not lead", new TestTrustDomain("prod.test").issue(INFERENCE));
  }

  @Test
  void aProofBelongsToTheCertificateOfItsConnection() throws Exception {
    try (SvidCaller caller = stage.withCertificate(stage.svid());
        SvidCaller relay = stage.withCertificate(stage.svid());
        SvidCaller bare = stage.withToken(stage.jwt())) {
      until(200, caller);
      refused(ProblemCode.PROOF_INVALID, relay.ask(model, caller.certificate()));
      refused(ProblemCode.PROOF_INVALID, caller.ask(model, null));
      refused(ProblemCode.PROOF_INVALID, bare.ask(model, caller.certificate()));
    }
    try (SvidCaller nobody = stage.withToken("")) {
      refused(ProblemCode.TOKEN_MISSING, nobody.ask(model));
    }
  }

  @Test
  void aRenewalShowsACertificateOfTheSameWorkload() throws Exception {
    try (SvidCaller caller = stage.withCertificate(stage.svid());
        SvidCaller both = stage.caller(stage.jwt(), stage.svid())) {
      Grant grant = granted(until(200, caller));
      caller.rotate(stage.svid());
      Answers.good(caller.renew(grant.lease(), 1));
      caller.rotate(stage.prod.issue(STRANGER));
      refused(ProblemCode.ACCESS_DENIED, caller.renew(grant.lease(), 2));
      // The same subject by its token; but the lease was granted to the certificate, too.
      Grant joined = granted(both.ask(model));
      stage.service.restart();
      both.rotate(stage.prod.issue(STRANGER));
      HttpResponse<String> other = both.renew(joined.lease(), 1);
      while (other.statusCode() == 503) {
        other = both.renew(joined.lease(), 1);
      }
      refused(ProblemCode.ACCESS_DENIED, other);
      both.rotate(stage.svid());
      Answers.good(both.renew(joined.lease(), 1));
    }
  }

  @Test
  void aCertificateIsExposedAndRevokedWhateverTokenIsBesideIt() throws Exception {
    String token = stage.service.token(TestService.INFERENCE);
    Map<String, Object> named = Map.of("subject", "spiffe://prod.test|" + stage.prod.id(INFERENCE));
    TestCaller operator = TestCaller.of(stage.service, TestService.OPERATOR);
    try (SvidCaller both = stage.caller(token, stage.svid());
        SvidCaller alone = stage.withToken(token)) {
      Grant met = granted(until(200, both));
      Grant spared = granted(alone.ask(model));
      HttpResponse<String> exposed = operator.post("/v1/exposures", Map.of("selector", named));
      assertTrue(exposed.body().contains(met.lease().value()), exposed.body());
      assertFalse(exposed.body().contains(spared.lease().value()), exposed.body());
      HttpResponse<String> revoked =
          operator.post("/v1/revocations", Map.of("selector", named, "reason", "key stolen"));
      assertTrue(revoked.body().contains(met.lease().value()), revoked.body());
      assertFalse(revoked.body().contains(spared.lease().value()), revoked.body());
      assertEquals(410, both.renew(met.lease(), 1).statusCode());
      refused(ProblemCode.REVOKED, both.ask(model));
      Answers.good(alone.renew(spared.lease(), 1));
      granted(alone.ask(model));
    }
  }

  @Test
  void aFederatedDomainIsAcceptedOnceItIsNamed() throws Exception {
    stage.service.restart("- name: prod.test\n", "- name: prod.test\n      - name: partner.test\n");
    try (SvidCaller token = stage.withToken(stage.partner.jwt(INFERENCE, AUDIENCE));
        SvidCaller certificate = stage.withCertificate(stage.partner.issue(INFERENCE))) {
      Grant grant = granted(until(200, token));
      assertEquals("spiffe://partner.test|" + stage.partner.id(INFERENCE), grant.subject());
      granted(certificate.ask(model));
    }
  }

  @Test
  void bundlesFollowTheStream() throws Exception {
    try (SvidCaller token = stage.withToken(stage.jwt());
        SvidCaller certificate = stage.withCertificate(stage.svid())) {
      until(200, token);
      granted(certificate.ask(model));
      stage.prod.rotate();
      stage.workloadApi.push();
      try (SvidCaller fresh = stage.caller(stage.jwt(), stage.svid())) {
        until(200, fresh);
      }
      granted(token.ask(model));
      // What the old authorities signed was verified before, and does not outlive them.
      stage.prod.retire();
      stage.workloadApi.push();
      refused(ProblemCode.TOKEN_SIGNATURE_INVALID, until(401, token));
      refused(ProblemCode.CERTIFICATE_INVALID, until(401, certificate));
    }
  }

  @Test
  void bundlesOfAWorkloadApiThatIsAwayAreUsedForAWhile() throws Exception {
    try (SvidCaller token = stage.withToken(stage.jwt());
        SvidCaller certificate =
            stage.withCertificate(
                stage.prod.issue(
                    INFERENCE, recipe -> recipe.until(Instant.now().plusSeconds(36_000))))) {
      until(200, certificate);
      stage.workloadApi.down();
      granted(token.ask(model));
      granted(certificate.ask(model));
      stage.advance(Duration.ofMinutes(61));
      refused(ProblemCode.TRUST_BUNDLE_UNAVAILABLE, certificate.ask(model));
      HttpResponse<String> ready = stage.service.management("/readyz");
      while (ready.statusCode() == 200) {
        ready = stage.service.management("/readyz");
      }
      assertTrue(ready.body().contains("trust-bundle-unavailable"), ready.body());
      stage.workloadApi.up();
      granted(until(200, certificate));
    }
  }

  @Test
  void aResumedSessionDoesNotOutliveItsCertificate() throws Exception {
    TestSvid svid =
        stage.prod.issue(INFERENCE, recipe -> recipe.until(Instant.now().plusSeconds(600)));
    SSLContext context = SvidCaller.context(stage.service, svid);
    try (SvidCaller caller = stage.withCertificate(svid)) {
      caller.reconnect(context);
      HttpResponse<String> first = until(200, caller);
      caller.reconnect(context);
      HttpResponse<String> resumed = caller.ask(model);
      granted(resumed);
      assertEquals(
          first.sslSession().orElseThrow().getCreationTime(),
          resumed.sslSession().orElseThrow().getCreationTime());
      stage.advance(Duration.ofMinutes(15));
      // On the connection that was open before, and on one that resumes its session.
      refused(ProblemCode.CERTIFICATE_EXPIRED, caller.ask(model));
      caller.reconnect(context);
      HttpResponse<String> late = caller.ask(model);
      refused(ProblemCode.CERTIFICATE_EXPIRED, late);
      assertEquals(
          first.sslSession().orElseThrow().getCreationTime(),
          late.sslSession().orElseThrow().getCreationTime());
    }
  }
}
