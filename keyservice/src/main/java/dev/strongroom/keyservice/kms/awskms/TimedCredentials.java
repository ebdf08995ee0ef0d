package dev.strongroom.keyservice.kms.awskms;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
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
  /** To ask once more costs two threads' waking, a tenth of a call, to be told the same. */
  private static final Duration GOOD_FOR = Duration.ofSeconds(1);

  private final AwsCredentialsProvider provider;
  private final Duration attemptTimeout;
  private volatile @Nullable Fetched last;

  /**
   * What was given.
   *
   * @param at as {@link System#nanoTime} counts
   */
  private record Fetched(AwsCredentials credentials, long at) {
    boolean isFresh() {
      return System.nanoTime() - at < GOOD_FOR.toNanos();
    }
  }

  /**
   * @param provider asked at most once a second; it keeps what it has fetched
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
   * Asks the provider, unless it was asked a moment ago.
   *
   * @throws SdkClientException when it gives none in time
   */
  @Override
  public AwsCredentials resolveCredentials() {
    Fetched known = last;
    if (known != null && known.isFresh()) {
      return known.credentials();
    }
    AwsCredentials fetched = fetched();
    last = new Fetched(fetched, System.nanoTime());
    return fetched;
  }

  private AwsCredentials fetched() {
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
