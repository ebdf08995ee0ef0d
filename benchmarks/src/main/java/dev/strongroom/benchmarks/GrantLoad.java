package dev.strongroom.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.grant.GrantKeys;
import dev.strongroom.delivery.grant.GrantVerification;
import dev.strongroom.delivery.grant.VerifiedGrant;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** One connection that takes grants, one after the other, each with fresh keys. */
final class GrantLoad implements AutoCloseable {
  private static final ObjectMapper JSON = StrictJson.mapper();

  private final KeepAliveConnection connection;
  private final TrustBundle trust;
  private final Proof proof;
  private final Sha256Digest tokenHash;
  private final Supplier<ModelVersion> targets;
  private @Nullable GrantKeys lastKeys;
  private @Nullable GrantBody lastBody;
  private byte[] lastAnswer = new byte[0];

  /** Takes grants of one version. */
  GrantLoad(Stage stage, SSLSocketFactory tls, String model, String version) throws IOException {
    this(stage, tls, always(new ModelVersion(new ModelName(model), new VersionId(version))));
  }

  private static Supplier<ModelVersion> always(ModelVersion target) {
    return () -> target;
  }

  /**
   * What a workload proves itself with.
   *
   * @param token its identity token
   * @param podUid null outside Kubernetes
   * @param evidence made for each request
   */
  record Proof(
      String token, @Nullable String podUid, Function<KeyBinding, List<Evidence>> evidence) {}

  /**
   * @param targets asked before each grant
   */
  GrantLoad(Stage stage, SSLSocketFactory tls, Supplier<ModelVersion> targets) throws IOException {
    this(stage, tls, targets, unattested(stage));
  }

  private static Proof unattested(Stage stage) throws IOException {
    String token = Files.readString(stage.token(Stage.INFERENCE)).trim();
    return new Proof(token, null, binding -> List.of());
  }

  /** Takes grants of one version with this proof. */
  GrantLoad(Stage stage, SSLSocketFactory tls, String model, String version, Proof proof)
      throws IOException {
    this(stage, tls, always(new ModelVersion(new ModelName(model), new VersionId(version))), proof);
  }

  private GrantLoad(Stage stage, SSLSocketFactory tls, Supplier<ModelVersion> targets, Proof proof)
      throws IOException {
    URI origin = URI.create(stage.origin());
    this.connection = new KeepAliveConnection(tls, origin.getHost(), origin.getPort());
    this.trust = JSON.readValue(stage.trustBundle().toFile(), TrustBundle.class);
    this.proof = proof;
    this.tokenHash = Sha256Digest.of(proof.token().getBytes(US_ASCII));
    this.targets = targets;
  }

  /** The service gave another answer; the connection goes on. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    private final String code;

    Refused(String path, KeepAliveConnection.Answer answer) throws IOException {
      super(path + " answered " + answer.status() + " " + new String(answer.body(), UTF_8));
      this.code = JSON.readTree(answer.body()).path("code").asText();
    }

    /** The stable code of the answer. */
    String code() {
      return code;
    }
  }

  /** Takes grants until the deadline; the latency of each in nanoseconds. */
  long[] until(long deadline) throws IOException {
    long[] latencies = new long[1024];
    int count = 0;
    for (long begin = System.nanoTime(); begin < deadline; ) {
      take();
      long end = System.nanoTime();
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, 2 * count);
      }
      latencies[count++] = end - begin;
      begin = end;
    }
    return Arrays.copyOf(latencies, count);
  }

  /** Takes one grant. */
  void take() throws IOException {
    ModelVersion target = targets.get();
    Nonce nonce = JSON.readValue(post("/v1/nonces", new byte[0]), Nonce.class);
    GrantKeys keys = GrantKeys.generate(SealSuite.X25519);
    GrantBody body =
        new GrantBody(
            GrantBody.FORMAT,
            trust.origin(),
            target.model(),
            target.version(),
            nonce.nonce(),
            SealSuite.X25519,
            Blob.of(keys.sealKey().publicKey()),
            tokenHash,
            List.of(),
            proof.podUid(),
            DeliveryMode.SIDECAR,
            ExpiryMode.WIPE,
            null);
    List<Evidence> evidence = proof.evidence().apply(body.binding(keys.proofKey().thumbprint()));
    body = body.with(evidence);
    String request =
        keys.proofKey().signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body));
    lastAnswer =
        post(
            "/v1/grants",
            JSON.writeValueAsBytes(new GrantRequest(request, proof.token(), evidence)));
    if (lastKeys != null) {
      lastKeys.close();
    }
    lastKeys = keys;
    lastBody = body;
  }

  private byte[] post(String path, byte[] body) throws IOException {
    KeepAliveConnection.Answer answer = connection.post(path, body);
    if (answer.status() / 100 != 2) {
      throw new Refused(path, answer);
    }
    return answer.body();
  }

  /** Opens the last answer as a sidecar does. */
  void verifyLast() throws IOException {
    openLast().close();
  }

  /** Opens the last answer as a sidecar does; whoever asks closes it. */
  VerifiedGrant openLast() throws IOException {
    if (lastKeys == null || lastBody == null) {
      throw new IOException("this connection took no grant");
    }
    GrantResponse response = JSON.readValue(lastAnswer, GrantResponse.class);
    return new GrantVerification(trust, InstantSource.system())
        .verify(response, lastBody, lastKeys);
  }

  @Override
  public void close() throws IOException {
    if (lastKeys != null) {
      lastKeys.close();
    }
    connection.close();
  }
}
