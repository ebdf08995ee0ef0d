package dev.strongroom.keyservice;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Somebody who proves an identity and a key with each request (RFC 9449). */
record TestCaller(TestService service, SigningKey key, String token) {

  /** A caller of this subject with a key of its own. */
  static TestCaller of(TestService service, String subject) {
    return new TestCaller(
        service,
        SigningKey.generate(dev.strongroom.core.jose.SignatureAlgorithm.ES256),
        service.token(subject));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return service.send(request("GET", path, null));
  }

  HttpResponse<String> delete(String path) throws IOException, InterruptedException {
    return service.send(request("DELETE", path, null));
  }

  HttpResponse<String> post(String path, Object body) throws IOException, InterruptedException {
    return service.send(request("POST", path, body));
  }

  /** Without a body. */
  HttpResponse<String> post(String path) throws IOException, InterruptedException {
    return service.send(request("POST", path, null));
  }

  /** A signed request. */
  HttpRequest request(String method, String path, @Nullable Object body) throws IOException {
    byte[] bytes = body == null ? new byte[0] : StrictJson.mapper().writeValueAsBytes(body);
    String bare = path.replaceAll("\\?.*", "");
    DpopClaims claims =
        new DpopClaims(
            UUID.randomUUID().toString(),
            method,
            TestService.ORIGIN + bare,
            Instant.now().getEpochSecond(),
            DpopClaims.tokenHash(token),
            Sha256Digest.of(bytes));
    HttpRequest.Builder request =
        service
            .request(path)
            .header("Authorization", "DPoP " + token)
            .header("DPoP", key.signWithKey(MessageType.DPOP, CanonicalJson.writeRecord(claims)));
    return body == null
        ? request.method(method, BodyPublishers.noBody()).build()
        : request
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofByteArray(bytes))
            .build();
  }
}
