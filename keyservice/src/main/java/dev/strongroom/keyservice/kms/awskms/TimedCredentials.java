package dev.strongroom.keyservice.kms.awskms;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Credentials that a request gets in its time or not at all. The SDK fetches them (from STS, an
 * agent, the instance) before its own time-out of a call begins, and its clients of those bound
 * each read but not the whole.
 *
 * <p>One fetch is under way at a time. It is not the request's: who waited for it in vain leaves it
 * running for the next, because the SDK would begin anew, for everybody, where it is interrupted.
 */
final class TimedCredentials implements AwsCredentialsProvider, AutoCloseable {
  /** No attemptTimeout is longer, and no fetch that gets somewhere. */
  static final Duration LONGEST_FETCH = Duration.ofMinutes(1);

  /** To ask once more costs two threads' waking, a tenth of a call, to be told the same. */
  private static final Duration GOOD_FOR = Duration.ofSeconds(1);

  /** What has less left of its life is not used while others are fetched. */
  private static final Duration ENDING = Duration.ofMinutes(1);

  private final AwsCredentialsProvider provider;
  private final Duration attemptTimeout;
  private final Duration longestFetch;
  private final ScheduledExecutorService timer;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable FutureTask<AwsCredentials> underWay;
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

    /** Whether it says of itself that it lives on for a while. */
    boolean lives() {
      Instant soon = Instant.now().plus(ENDING);
      return credentials.expirationTime().filter(soon::isBefore).isPresent();
    }
  }

  /**
   * @param provider asked at most once a second; it keeps what it has fetched
   * @param attemptTimeout for the wait and the call together
   * @param longestFetch after which a fetch is interrupted
   * @param timer for that; the caller's to shut down
   */
  TimedCredentials(
      AwsCredentialsProvider provider,
      Duration attemptTimeout,
      Duration longestFetch,
      ScheduledExecutorService timer) {
    this.provider = provider;
    this.attemptTimeout = attemptTimeout;
    this.longestFetch = longestFetch;
    this.timer = timer;
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
   * Asks the provider, unless it was asked a moment ago. What lives on is used while the provider
   * is asked.
   *
   * @throws SdkClientException when it gives none in time
   */
  @Override
  public AwsCredentials resolveCredentials() {
    Fetched known = last;
    if (known != null && known.isFresh()) {
      return known.credentials();
    }
    FutureTask<AwsCredentials> fetch = fetch();
    return known != null && known.lives() ? known.credentials() : awaited(fetch);
  }

  private AwsCredentials awaited(FutureTask<AwsCredentials> fetch) {
    try {
      return fetch.get(attemptTimeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | CancellationException e) {
      throw late();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SdkClientException.create("the wait for credentials was interrupted", e);
    } catch (ExecutionException e) {
      throw SdkClientException.create("no credentials are to be had", e.getCause());
    }
  }

  /** The one under way; begins it where there is none. */
  private FutureTask<AwsCredentials> fetch() {
    lock.lock();
    try {
      FutureTask<AwsCredentials> present = underWay;
      if (present != null && !present.isDone()) {
        return present;
      }
      FutureTask<AwsCredentials> fetch = new FutureTask<>(this::fetched);
      Future<?> end =
          timer.schedule(() -> fetch.cancel(true), longestFetch.toNanos(), TimeUnit.NANOSECONDS);
      underWay = fetch;
      Thread.ofVirtual()
          .name("aws-credentials")
          .start(() -> {
            fetch.run();
            end.cancel(false);
          });
      return fetch;
    } catch (RejectedExecutionException e) {
      throw SdkClientException.create("the key backend has been closed", e);
    } finally {
      lock.unlock();
    }
  }

  private AwsCredentials fetched() {
    AwsCredentials fetched = provider.resolveCredentials();
    last = new Fetched(fetched, System.nanoTime());
    return fetched;
  }

  /** Ends the fetch under way. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (underWay != null) {
        underWay.cancel(true);
      }
    } finally {
      lock.unlock();
    }
  }

  private static SdkClientException late() {
    return SdkClientException.create("credentials do not come in time");
  }
}
