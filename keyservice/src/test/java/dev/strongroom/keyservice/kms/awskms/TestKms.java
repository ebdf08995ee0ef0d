package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.testkit.kms.LocalStackServer;
import dev.strongroom.testkit.kms.TroubledProxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** LocalStack's KMS behind a proxy that makes trouble, and an administrator of its keys. */
final class TestKms implements AutoCloseable {
  static final AwsCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(
          AwsBasicCredentials.create("test-access-key", "test-secret"));
  static final KekLimits LIMITS =
      new KekLimits(
          64, 512, Duration.ofSeconds(2), Duration.ofSeconds(10), 3, Duration.ofSeconds(5));

  private final LocalStackServer server;
  private final TroubledProxy proxy;

  /** Starts both, where LocalStack is there or can be installed. */
  TestKms(Path folder) {
    Optional<String> missing = LocalStackServer.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    this.server = LocalStackServer.start(folder);
    this.proxy = new TroubledProxy(server.uri());
  }

  TroubledProxy proxy() {
    return proxy;
  }

  /** Without the proxy. */
  URI direct() {
    return server.uri();
  }

  /** An administrator's client of one region. */
  KmsClient admin(String region) {
    return KmsClient.builder()
        .region(Region.of(region))
        .endpointOverride(server.uri())
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(ApacheHttpClient.builder())
        .build();
  }

  /** A new symmetric key: its ARN. */
  String newKey() {
    try (KmsClient admin = admin("us-east-1")) {
      return admin.createKey().keyMetadata().arn();
    }
  }

  KekConfig.Awskms config(String keyArn, String... replicas) {
    return new KekConfig.Awskms(keyArn, List.of(replicas), proxy.uri(), LIMITS);
  }

  AwsKmsKeyWrapper wrapper(String keyArn, String... replicas) {
    return AwsKmsKeyWrapper.open(config(keyArn, replicas), CREDENTIALS);
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
