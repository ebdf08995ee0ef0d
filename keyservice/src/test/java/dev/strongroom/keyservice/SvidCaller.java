package dev.strongroom.keyservice;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.keyservice.http.PinnedTls;
import dev.strongroom.testkit.spiffe.TestSvid;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A workload that shows SVIDs: one as its token, one as the certificate of its connection. */
final class SvidCaller implements AutoCloseable {
  private final TestService service;
  private final TestWorkload workload;
  private final String token;
  private @Nullable TestSvid svid;
  private HttpClient client;

  /**
   * @param token empty for none
   * @param svid null for none
   */
  SvidCaller(TestService service, String token, @Nullable TestSvid svid) {
    this.service = service;
    this.token = token;
    this.workload = new TestWorkload(service, token, SealSuite.X25519, SignatureAlgorithm.EDDSA);
    this.svid = svid;
    this.client = client(context(service, svid));
  }

  static SSLContext context(TestService service, @Nullable TestSvid svid) {
    return PinnedTls.context(
        service.service().certificate(), svid == null ? null : svid.keyManagers());
  }

  private static HttpClient client(SSLContext context) {
    return HttpClient.newBuilder().sslContext(context).build();
  }

  /** From now on another certificate is shown. */
  void rotate(TestSvid next) {
    svid = next;
    reconnect(context(service, next));
  }

  /** Opens a new connection. */
  void reconnect(SSLContext context) {
    client.shutdownNow();
    client = client(context);
  }

  /** SHA-256 of the certificate; null without one. */
  @Nullable Sha256Digest certificate() throws Exception {
    return svid == null ? null : Sha256Digest.of(svid.leaf().getEncoded());
  }

  /** Asks for a grant with a proof that names the certificate. */
  HttpResponse<String> ask(ModelVersion target) throws Exception {
    return ask(target, certificate());
  }

  /** Asks with a proof that names this certificate. */
  HttpResponse<String> ask(ModelVersion target, @Nullable Sha256Digest named) throws Exception {
    GrantBody body = workload.body(target, workload.nonce().nonce()).with(named);
    return send(
        service
            .request("/v1/grants")
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofByteArray(
                    StrictJson.mapper().writeValueAsBytes(workload.request(body))))
            .build());
  }

  /** Renews a lease. */
  HttpResponse<String> renew(LeaseId lease, long sequence) throws Exception {
    String path = "/v1/leases/" + lease + "/renew";
    byte[] body = StrictJson.mapper().writeValueAsBytes(new Lease.Renew(sequence));
    DpopClaims claims =
        new DpopClaims(
            UUID.randomUUID().toString(),
            "POST",
            TestService.ORIGIN + path,
            Instant.now().getEpochSecond(),
            DpopClaims.tokenHash(token),
            Sha256Digest.of(body),
            certificate());
    HttpRequest.Builder request =
        service
            .request(path)
            .header("Content-Type", "application/json")
            .header(
                "DPoP",
                workload
                    .proofKey()
                    .signWithKey(MessageType.DPOP, CanonicalJson.writeRecord(claims)))
            .POST(BodyPublishers.ofByteArray(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "DPoP " + token);
    }
    return send(request.build());
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return TestService.checked(client.send(request, BodyHandlers.ofString()));
  }

  @Override
  public void close() {
    workload.close();
    client.shutdownNow();
  }
}
