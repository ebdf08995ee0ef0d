package dev.strongroom.keyservice;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A workload that asks for grants: two fresh keys and a token. */
final class TestWorkload implements AutoCloseable {
  private final TestService service;
  private final SigningKey proofKey;
  private final SealKeyPair sealKey;
  private final String token;

  TestWorkload(TestService service, String subject) {
    this(service, service.token(subject), SealSuite.X25519, SignatureAlgorithm.EDDSA);
  }

  TestWorkload(TestService service, String token, SealSuite suite, SignatureAlgorithm proof) {
    this.service = service;
    this.token = token;
    this.proofKey = SigningKey.generate(proof);
    this.sealKey = SealKeyPair.generate(suite);
  }

  SigningKey proofKey() {
    return proofKey;
  }

  SealKeyPair sealKey() {
    return sealKey;
  }

  String token() {
    return token;
  }

  Nonce nonce() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        service.send(service.request("/v1/nonces").POST(BodyPublishers.noBody()).build());
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.body());
    }
    return StrictJson.mapper().readValue(answer.body(), Nonce.class);
  }

  GrantBody body(ModelVersion target, String nonce) {
    return new GrantBody(
        GrantBody.FORMAT,
        TestService.ORIGIN,
        target.model(),
        target.version(),
        nonce,
        sealKey.suite(),
        Blob.of(sealKey.publicKey()),
        Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8)),
        List.of(),
        null,
        DeliveryMode.SIDECAR,
        ExpiryMode.WIPE,
        null);
  }

  GrantRequest request(GrantBody body) {
    return request(body, List.of());
  }

  GrantRequest request(GrantBody body, List<Evidence> evidence) {
    return new GrantRequest(
        proofKey.signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body)),
        token,
        evidence);
  }

  /** Asks with a fresh nonce. */
  HttpResponse<String> ask(ModelVersion target) throws IOException, InterruptedException {
    return ask(target, UnaryOperator.identity());
  }

  /** Asks with a fresh nonce and a body that was changed before it was signed. */
  HttpResponse<String> ask(ModelVersion target, UnaryOperator<GrantBody> change)
      throws IOException, InterruptedException {
    return send(request(change.apply(body(target, nonce().nonce()))));
  }

  /** A request with a fresh nonce, to be sent later. */
  HttpRequest signed(ModelVersion target) throws IOException, InterruptedException {
    return service
        .request("/v1/grants")
        .header("Content-Type", "application/json")
        .POST(
            BodyPublishers.ofByteArray(
                StrictJson.mapper().writeValueAsBytes(request(body(target, nonce().nonce())))))
        .build();
  }

  HttpResponse<String> send(GrantRequest request) throws IOException, InterruptedException {
    return service.postJson("/v1/grants", StrictJson.mapper().writeValueAsBytes(request));
  }

  @Override
  public void close() {
    sealKey.close();
  }

  /** The body with other fields. */
  static GrantBody with(
      GrantBody body,
      String origin,
      String nonce,
      Sha256Digest tokenHash,
      List<Sha256Digest> evidence,
      @Nullable String podUid,
      DeliveryMode mode) {
    return new GrantBody(
        body.format(),
        origin,
        body.model(),
        body.version(),
        nonce,
        body.suite(),
        body.sealKey(),
        tokenHash,
        evidence,
        podUid,
        mode,
        body.onExpiry(),
        body.leaseSeconds());
  }
}
