package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.keyservice.kms.CallTimer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.ThrowingSupplier;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Credentials that take longer than a request has. */
@Timeout(60)
class TimedCredentialsTest {
  private static final Duration REQUEST = Duration.ofMillis(50);
  private static final Duration NO_END = Duration.ofMinutes(10);

  private final ScheduledExecutorService timer = CallTimer.start("test-deadlines");
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch given = new CountDownLatch(1);

  @AfterEach
  void stop() {
    given.countDown();
    timer.shutdownNow();
  }

  private TimedCredentials credentials(
      Duration longestFetch, ThrowingSupplier<AwsCredentials> fetch) {
    return new TimedCredentials(
        () -> {
          asked.incrementAndGet();
          try {
            return fetch.get();
          } catch (Throwable e) {
            throw new IllegalStateException(e);
          }
        },
        REQUEST,
        longestFetch,
        timer);
  }

  private static AwsCredentials named(String name, Instant ends) {
    return AwsSessionCredentials.builder()
        .accessKeyId(name)
        .secretAccessKey("secret")
        .sessionToken("session")
        .expirationTime(ends)
        .build();
  }

  private static void assertLate(TimedCredentials credentials) {
    SdkClientException late = assertThrows(SdkClientException.class, credentials::inTime);
    assertEquals("credentials do not come in time", late.getMessage());
  }

  private static String resolved(TimedCredentials credentials) {
    return credentials.resolveCredentials().accessKeyId();
  }

  /** Asks until another answer than this one comes. */
  private static String next(TimedCredentials credentials, String before) {
    String name = before;
    while (name.equals(before)) {
      Thread.onSpinWait();
      try {
        name = resolved(credentials);
      } catch (SdkClientException e) {
        // Not yet.
      }
    }
    return name;
  }

  @Test
  void aFetchThatTakesLongerThanARequestArrivesForALaterOne() {
    try (TimedCredentials credentials =
        credentials(
            NO_END,
            () -> {
              given.await();
              return named("slow", Instant.MAX);
            })) {
      assertLate(credentials);
      assertLate(credentials);
      given.countDown();
      assertEquals("slow", next(credentials, ""));
      assertEquals(1, asked.get());
    }
  }

  @Test
  void aFetchThatHangsIsOneThreadAndEndsByItself() throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    try (TimedCredentials credentials =
        credentials(
            Duration.ofSeconds(1),
            () -> {
              if (asked.get() == 1) {
                try {
                  given.await();
                } finally {
                  interrupted.countDown();
                }
              }
              return named("second", Instant.MAX);
            })) {
      for (int i = 0; i < 3; i++) {
        assertLate(credentials);
      }
      assertEquals(1, asked.get());
      interrupted.await();
      assertEquals("second", next(credentials, ""));
      assertEquals(2, asked.get());
    }
  }

  @Test
  void whatLivesOnIsUsedWhileOtherIsFetched() {
    try (TimedCredentials credentials =
        credentials(
            NO_END,
            () -> {
              if (asked.get() == 1) {
                return named("first", Instant.now().plus(Duration.ofHours(1)));
              }
              given.await();
              return named("second", Instant.MAX);
            })) {
      assertEquals("first", next(credentials, ""));
      while (asked.get() == 1) {
        assertEquals("first", resolved(credentials));
      }
      assertEquals("first", resolved(credentials));
      given.countDown();
      assertEquals("second", next(credentials, "first"));
      assertEquals(2, asked.get());
    }
  }

  @Test
  void whatIsAboutToEndIsNotUsedWhileOtherIsFetched() {
    try (TimedCredentials credentials =
        credentials(
            NO_END,
            () -> {
              if (asked.get() == 1) {
                return named("ending", Instant.now().plusSeconds(5));
              }
              given.await();
              return named("second", Instant.MAX);
            })) {
      assertEquals("ending", next(credentials, ""));
      while (asked.get() == 1) {
        String _ = nameOrNone(credentials);
      }
      assertLate(credentials);
    }
  }

  private static String nameOrNone(TimedCredentials credentials) {
    try {
      return resolved(credentials);
    } catch (SdkClientException e) {
      return "";
    }
  }

  @Test
  void closingEndsAFetch() throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    TimedCredentials credentials =
        credentials(
            NO_END,
            () -> {
              try {
                given.await();
                return named("never", Instant.MAX);
              } finally {
                interrupted.countDown();
              }
            });
    assertLate(credentials);
    while (asked.get() == 0) {
      Thread.onSpinWait();
    }
    credentials.close();
    interrupted.await();
  }
}
