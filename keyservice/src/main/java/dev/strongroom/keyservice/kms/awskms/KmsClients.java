package dev.strongroom.keyservice.kms.awskms;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import java.net.URI;
import java.util.concurrent.ScheduledExecutorService;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.KmsClientBuilder;

/** How AWS KMS is reached. */
final class KmsClients {
  private KmsClients() {}

  /**
   * A client that makes one attempt. The SDK's own retries take seconds and end in an exception
   * that does not say that KMS throttled; the guard in front of every remote backend retries
   * instead.
   *
   * @param timer for the ends of calls; the caller's to shut down, after the client
   */
  static KmsClient of(
      KekConfig.Awskms config, AwsCredentialsProvider credentials, ScheduledExecutorService timer) {
    KekLimits limits = config.limits();
    KmsClientBuilder client =
        KmsClient.builder()
            .region(Region.of(config.region()))
            .credentialsProvider(credentials)
            // A connection for each call at once: with fewer, each call begins with a handshake.
            .httpClientBuilder(
                ApacheHttpClient.builder()
                    .maxConnections(limits.concurrentCalls())
                    .connectionTimeout(limits.attemptTimeout())
                    .connectionAcquisitionTimeout(limits.attemptTimeout())
                    .socketTimeout(limits.attemptTimeout())
                    .tcpKeepAlive(true))
            .overrideConfiguration(with ->
                // One attempt: a time-out for it beside that of the call would be a second timer.
                with.retryStrategy(DefaultRetryStrategy.doNotRetry())
                    .apiCallTimeout(limits.attemptTimeout())
                    .scheduledExecutorService(timer));
    URI endpoint = config.endpoint();
    return (endpoint == null ? client : client.endpointOverride(endpoint)).build();
  }

  /** Environment, profile, web identity (IRSA), container (Pod Identity), instance; refreshed. */
  static AwsCredentialsProvider defaultChain() {
    return DefaultCredentialsProvider.builder().build();
  }
}
