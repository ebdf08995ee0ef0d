package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.IdentityProof;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.spiffe.TestTrustDomain;
import dev.strongroom.testkit.spiffe.WorkloadApiServer;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A sidecar whose SVIDs come from a Workload API, against a key service that has its bundles there.
 */
@Timeout(300)
class SpiffeDeliveryTest {
  private static final String MODEL = "acme/spiffe";
  private static final String PATH = "/ns/ml/sa/inference";
  private static final String POLICY =
      """
      identities:
        - {models: ["acme/*"], allOf: [spiffe-jwt, spiffe-x509]}
      """;

  @Test
  void aSidecarShowsBothSvidsAndKeepsItsLeaseWhenAllKeysAreReplaced() throws Exception {
    TestTrustDomain domain = new TestTrustDomain("prod.test");
    try (OnStage on = OnStage.open(Stage.Settings.USUAL.leases(6).policy(POLICY));
        WorkloadApiServer api = WorkloadApiServer.start(on.path("api.sock"), domain)) {
      api.identify(PATH);
      accept(on, api, domain);
      Path model = SampleModel.mixed(on.path("model"));
      on.publish(model, MODEL, "1");
      Sha256Digest first = Sha256Digest.of(api.svid().leaf().getEncoded());
      try (Workload workload = on.stage().workload("spiffe", Stage.STRANGER, MODEL, "1");
          ChildProcess sidecar =
              workload
                  .withoutToken()
                  .with(
                      "\"spiffe\": {\"workloadApi\": \""
                          + api.address()
                          + "\", \"kinds\": [\"jwt\", \"x509\"], \"audience\": \"strongroom\"}")
                  .deliver(Await.LIMIT)) {
        SampleModel.assertDelivered(model, workload.target());
        IdentityProof proof = granted(on).identities();
        assertEquals(
            new IdentityProof(List.of("spiffe-jwt", "spiffe-x509"), domain.id(PATH), first), proof);

        domain.rotate();
        api.rotateSvid();
        awaitRenewals(on, 2);
        // From here on nothing holds that the first authorities signed.
        domain.retire();
        api.push();
        awaitRenewals(on, 2);

        sidecar.terminate();
        assertEquals(0, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
        assertTrue(api.jwtSvids() > 4, "a JWT-SVID for each request");
      }
    }
  }

  @Test
  void aWorkloadWithoutAnIdentityIsToldSo() throws Exception {
    TestTrustDomain domain = new TestTrustDomain("prod.test");
    try (OnStage on = OnStage.open();
        WorkloadApiServer api = WorkloadApiServer.start(on.path("api.sock"), domain);
        Workload workload = on.stage().workload("nobody", Stage.STRANGER, MODEL, "1");
        ChildProcess sidecar =
            workload
                .withoutToken()
                .with("\"spiffe\": {\"workloadApi\": \"" + api.address() + "\"}")
                .with("\"grantSeconds\": 1")
                .startSidecar()) {
      assertEquals(12, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
      String failed = sidecar.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"identity-unavailable\""), failed);
      assertTrue(failed.contains("registered"), failed);
    }
  }

  private static void accept(OnStage on, WorkloadApiServer api, TestTrustDomain domain) {
    on.edit(
        on.stage().config(),
        "identity:\n",
        """
        identity:
          spiffe:
            workloadApi: WORKLOAD_API
            audience: strongroom
            clientCertificates: true
            trustDomains: [{name: prod.test}]
        """
            .replace("WORKLOAD_API", api.address()));
    on.edit(
        on.policy(),
        "bindings:\n",
        """
        bindings:
          - name: workload
            actions: [decrypt]
            subjects: [{issuer: "spiffe://prod.test", subject: "SUBJECT"}]
            models: ["acme/*"]
        """
            .replace("SUBJECT", domain.id(PATH)));
    on.restartKeyService();
  }

  private static LogEvent.GrantIssued granted(OnStage on) {
    LogEvent.GrantIssued issued =
        on.awaitEvent(LogEvent.GrantIssued.class, Await.LIMIT, event -> true);
    assertNotNull(issued.identities());
    return issued;
  }

  /** Waits until the lease was renewed so many times more. */
  private static void awaitRenewals(OnStage on, int more) {
    long before = renewals(on);
    Await.untilTrue(Await.LIMIT, more + " renewals", () -> renewals(on) >= before + more);
  }

  private static long renewals(OnStage on) {
    return on.events().stream().filter(LogEvent.LeaseRenewed.class::isInstance).count();
  }
}
