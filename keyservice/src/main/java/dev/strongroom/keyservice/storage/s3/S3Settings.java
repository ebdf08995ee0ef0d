package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the bucket is and how long to wait for it.
 *
 * @param endpoint scheme, host and port; workloads and publishers reach it under the same
 * @param region as it stands in signatures
 * @param bucket exists already
 * @param pathStyle whether the bucket is the first part of the path instead of the host
 * @param caFile PEM of the authorities to trust instead of the system's; null for the system's
 * @param attempts how often a call is tried in all, 1 to 10
 * @param attemptTimeout for one attempt
 * @param callTimeout for all attempts of one call
 * @param completeTimeout for putting an upload together, which some storages do by copying
 */
public record S3Settings(
    URI endpoint,
    String region,
    String bucket,
    boolean pathStyle,
    @Nullable Path caFile,
    int attempts,
    Duration attemptTimeout,
    Duration callTimeout,
    Duration completeTimeout) {

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a value is out of range or the
   *     endpoint has a path, a query or user information
   */
  public S3Settings {
    boolean bare =
        endpoint.getHost() != null
            && endpoint.getRawUserInfo() == null
            && (endpoint.getRawPath().isEmpty() || endpoint.getRawPath().equals("/"))
            && endpoint.getRawQuery() == null;
    check(bare, "the storage endpoint is a scheme, a host and perhaps a port");
    check(attempts >= 1 && attempts <= 10, "the storage is tried 1 to 10 times");
    check(
        attemptTimeout.isPositive()
            && callTimeout.compareTo(attemptTimeout) >= 0
            && completeTimeout.isPositive(),
        "the storage timeouts are positive, and a call lasts at least as long as one attempt");
  }

  /** The usual limits: three attempts of 5 seconds in 12, and 5 minutes to complete. */
  public static S3Settings of(
      URI endpoint, String region, String bucket, boolean pathStyle, @Nullable Path caFile) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        pathStyle,
        caFile,
        3,
        Duration.ofSeconds(5),
        Duration.ofSeconds(12),
        Duration.ofMinutes(5));
  }

  /** The host of the bucket, with the port where it is not the scheme's own. */
  URI bucketOrigin() {
    String host = pathStyle ? endpoint.getHost() : bucket + "." + endpoint.getHost();
    String port = endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort();
    return URI.create(endpoint.getScheme() + "://" + host + port);
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, message);
    }
  }
}
