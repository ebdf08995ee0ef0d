package dev.strongroom.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.LocalStackServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;

/**
 * LocalStack's KMS. Its peers are the SDK alone, and kept connections that send a request which the
 * SDK has signed once.
 */
final class KmsStage implements KeyBackendStage {
  private static final int CONNECTIONS = 64;

  private final LocalStackServer server;
  private final String keyArn;
  private @Nullable ReplayServer replay;
  private byte[] request = new byte[0];

  KmsStage(Path folder) {
    this.server = LocalStackServer.start(folder);
    try (KmsClient admin = client(new Recorder())) {
      this.keyArn = admin.createKey().keyMetadata().arn();
    }
  }

  private KmsClient client(ExecutionInterceptor interceptor) {
    return KmsClient.builder()
        .region(Region.US_EAST_1)
        .endpointOverride(server.uri())
        .httpClientBuilder(ApacheHttpClient.builder().maxConnections(CONNECTIONS))
        .overrideConfiguration(with -> with.addExecutionInterceptor(interceptor))
        .build();
  }

  @Override
  public KekConfig config() {
    return new KekConfig.Awskms(keyArn, List.of(), server.uri(), KekLimits.DEFAULT);
  }

  @Override
  public String yaml() {
    return "kek: {awskms: {keyArn: '" + keyArn + "', endpoint: '" + server.uri() + "'}}\n";
  }

  @Override
  public List<RawUnwrap> raw(WrappedKey wrapped, WrapContext context) {
    Recorder recorder = new Recorder();
    KmsClient sdk = client(recorder);
    DecryptRequest decrypt =
        DecryptRequest.builder()
            .keyId(keyArn)
            .ciphertextBlob(SdkBytes.fromByteArray(wrapped.ciphertext().bytes()))
            .encryptionContext(pairs(context))
            .build();
    sdk.decrypt(decrypt);
    request = recorder.last();
    byte[] message = request;
    return List.of(
        new RawUnwrap(
            "AWS SDK, client as it is",
            () ->
                () -> {
                  if (sdk.decrypt(decrypt).plaintext().asByteArray().length != 32) {
                    throw new IOException("that is no data key");
                  }
                }),
        new RawUnwrap(
            "request signed once, kept connection",
            () ->
                new TransitStage.PrebuiltRequest(
                    KeepAliveConnection.plain(server.uri().getHost(), server.uri().getPort()),
                    message)));
  }

  // As the guide gives them.
  private static Map<String, String> pairs(WrapContext context) {
    return Map.of(
        "context", "strongroom/v1/wrap-context",
        "organisation", context.target().model().organisation(),
        "model", context.target().model().value(),
        "version", context.target().version().value(),
        "data-key", context.dataKeyId().value(),
        "manifest", "draft");
  }

  @Override
  public Optional<KekConfig> rehearsal() throws IOException {
    try (KeepAliveConnection connection =
        KeepAliveConnection.plain(server.uri().getHost(), server.uri().getPort())) {
      ReplayServer started = new ReplayServer(connection.exchange(request).body());
      replay = started;
      return Optional.of(new KekConfig.Awskms(keyArn, List.of(), started.uri(), KekLimits.DEFAULT));
    }
  }

  @Override
  public void close() {
    if (replay != null) {
      replay.close();
    }
    server.close();
  }

  /** Keeps the last request as it goes out, signed. */
  private static final class Recorder implements ExecutionInterceptor {
    private byte[] last = new byte[0];

    @Override
    public synchronized void beforeTransmission(
        Context.BeforeTransmission context, ExecutionAttributes attributes) {
      if (last.length == 0) {
        last = message(context);
      }
    }

    synchronized byte[] last() {
      return last;
    }

    private static byte[] message(Context.BeforeTransmission context) {
      SdkHttpRequest request = context.httpRequest();
      try (InputStream content =
          context.requestBody().orElseThrow().contentStreamProvider().newStream()) {
        byte[] body = content.readAllBytes();
        Map<String, String> headers = new LinkedHashMap<>();
        request.forEachHeader(
            (name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
        headers.put("host", request.host() + ":" + request.port());
        headers.put("content-length", String.valueOf(body.length));
        StringBuilder head = new StringBuilder("POST " + request.encodedPath() + " HTTP/1.1\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        message.write(body);
        return message.toByteArray();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
