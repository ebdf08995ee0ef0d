package dev.strongroom.keyservice.kms.awskms;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Credentials that come in time or not at all. The SDK fetches them (from STS, an agent, the
 * instance) before its own time-out of a call begins, and its clients of those bound each read but
 * not the whole.
 */
final class TimedCredentials implements AwsCredentialsProvider {
  private final AwsCredentialsProvider provider;
  private final Duration attemptTimeout;

  /**
   * @param provider asked anew for each request; it keeps what it has fetched
   * @param attemptTimeout for the fetch and the call together
   */
  TimedCredentials(AwsCredentialsProvider provider, Duration attemptTimeout) {
    this.provider = provider;
    this.attemptTimeout = attemptTimeout;
  }

  /**
   * What one request is made with: credentials, and what they have left of the time.
   *
   * @throws SdkClientException when there are none in time
   */
  AwsRequestOverrideConfiguration inTime() {
    long began = System.nanoTime();
    AwsCredentials credentials = resolveCredentials();
    Duration left = attemptTimeout.minusNanos(System.nanoTime() - began);
    if (!left.isPositive()) {
      throw late();
    }
    return AwsRequestOverrideConfiguration.builder()
        .credentialsProvider(StaticCredentialsProvider.create(credentials))
        .apiCallTimeout(left)
        .build();
  }

  /**
   * Asks the provider.
   *
   * @throws SdkClientException when it gives none in time
   */
  @Override
  public AwsCredentials resolveCredentials() {
    FutureTask<AwsCredentials> fetch = new FutureTask<>(provider::resolveCredentials);
    Thread.ofVirtual().name("aws-credentials").start(fetch);
    try {
      return fetch.get(attemptTimeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw late();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SdkClientException.create("the fetch of credentials was interrupted", e);
    } catch (ExecutionException e) {
      throw SdkClientException.create("no credentials are to be had", e.getCause());
    } finally {
      fetch.cancel(true);
    }
  }

  private static SdkClientException late() {
    return SdkClientException.create("credentials do not come in time");
  }
}
