package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Inline;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The S3 object storage that holds the ciphertext.
 *
 * @param endpoint the URL of the storage; workloads must reach it under the same
 * @param region as the storage wants it in signatures
 * @param bucket exists already
 * @param pathStyle whether the bucket is in the path and not in the host
 * @param credentials how the service proves itself to the storage
 * @param caFile PEM of what to trust instead of the system's authorities
 * @param urlLifetime of a presigned URL
 */
public record StorageConfig(
    URI endpoint,
    @Default("us-east-1") String region,
    String bucket,
    @Default("true") Boolean pathStyle,
    @Default("defaultChain") Credentials credentials,
    @Nullable Path caFile,
    @Default("5m") @Bounds(min = "30s", max = "1h") Duration urlLifetime) {

  public StorageConfig {
    KeyServiceConfig.check(
        "https".equals(endpoint.getScheme()) || "http".equals(endpoint.getScheme()),
        "endpoint: an http or https URL is wanted");
    KeyServiceConfig.check(
        bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        "bucket: 3 to 63 of a-z 0-9 . - are wanted");
  }

  /** How the service proves itself to the storage. */
  public sealed interface Credentials {

    /**
     * A YAML file with {@code accessKey} and {@code secretKey}, readable for its owner alone.
     *
     * @param path the file
     */
    @Inline
    record File(Path path) implements Credentials {}

    /** What the AWS SDK finds: environment, profile, web identity, instance. */
    record DefaultChain() implements Credentials {}
  }
}
