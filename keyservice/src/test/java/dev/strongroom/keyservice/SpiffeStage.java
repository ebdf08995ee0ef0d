package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.spiffe.TestSvid;
import dev.strongroom.testkit.spiffe.TestTrustDomain;
import dev.strongroom.testkit.spiffe.WorkloadApiServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key service that accepts SVIDs of {@code prod.test}, whose bundles a Workload API gives. That
 * of {@code partner.test} is federated, and not accepted until the configuration names it.
 */
final class SpiffeStage implements AutoCloseable {
  static final String AUDIENCE = "strongroom-spiffe";
  static final String INFERENCE = "/ns/ml/sa/inference";
  static final String STRANGER = "/ns/ml/sa/stranger";

  private static final String IDENTITY =
      """
      identity:
        spiffe:
          workloadApi: WORKLOAD_API
          audience: strongroom-spiffe
          clientCertificates: true
          refreshEvery: 1s
          keepFor: 1h
          trustDomains:
            - name: prod.test
      """;

  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects:
            - {issuer: "spiffe://prod.test", subject: "spiffe://prod.test/ns/ml/sa/inference"}
            - {issuer: "spiffe://partner.test", subject: "spiffe://partner.test/ns/ml/sa/inference"}
            - {issuer: "https://issuer.test", subject: "system:serviceaccount:ml:inference"}
          models: [acme/*]
        - name: release
          actions: [publish]
          subjects: [{issuer: "https://issuer.test", subject: release}]
          models: [acme/*]
        - name: operators
          actions: [revoke, audit]
          subjects: [{issuer: "https://issuer.test", subject: operator}]
          models: ["*"]
      conditions:
        - name: by-certificate
          models: [acme/condition]
          expression: identity.x509 == "spiffe://prod.test/ns/ml/sa/inference" && "oidc" in workload.identities
      identities:
        - models: [acme/joined]
          allOf: [spiffe-jwt, spiffe-x509]
      evidence:
        - models: ["*"]
          allowUnattested: true
      """;

  final TestTrustDomain prod = new TestTrustDomain("prod.test");
  final TestTrustDomain partner = new TestTrustDomain("partner.test");
  final WorkloadApiServer workloadApi;
  private volatile Duration ahead = Duration.ZERO;
  final TestService service;

  SpiffeStage(Path folder) throws Exception {
    workloadApi = WorkloadApiServer.start(folder.resolve("workload-api.sock"), prod);
    workloadApi.federate(partner);
    Files.writeString(folder.resolve("spiffe-policy.yaml"), POLICY);
    service =
        TestService.start(
            folder,
            yaml ->
                yaml.replace("identity:\n", IDENTITY.replace("WORKLOAD_API", workloadApi.address()))
                    .replace("policyFile: policy.yaml", "policyFile: spiffe-policy.yaml"),
            () -> Instant.now().plus(ahead));
  }

  /** Sets the clock of the service forward. */
  void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  SvidCaller caller(String token, @Nullable TestSvid svid) {
    return new SvidCaller(service, token, svid);
  }

  /** A caller with this JWT-SVID alone. */
  SvidCaller withToken(String token) {
    return caller(token, null);
  }

  /** A caller with this X.509-SVID alone. */
  SvidCaller withCertificate(TestSvid svid) {
    return caller("", svid);
  }

  /** A JWT-SVID of the workload that may decrypt. */
  String jwt() {
    return prod.jwt(INFERENCE, AUDIENCE);
  }

  /** An X.509-SVID of the workload that may decrypt. */
  TestSvid svid() {
    return prod.issue(INFERENCE);
  }

  static Grant granted(HttpResponse<String> answer) throws Exception {
    return PublishedModel.payload(Answers.good(answer, GrantResponse.class).grant(), Grant.class);
  }

  static void refused(ProblemCode code, HttpResponse<String> answer) throws Exception {
    assertEquals(
        code.wireName(),
        StrictJson.mapper().readTree(answer.body()).path("code").asText(),
        answer.body());
  }

  @Override
  public void close() {
    service.close();
    workloadApi.close();
  }
}
