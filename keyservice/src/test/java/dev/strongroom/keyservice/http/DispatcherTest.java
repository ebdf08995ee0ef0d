package dev.strongroom.keyservice.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DispatcherTest {

  @Test
  void whatNobodyWaitsForDoesNotRun() throws Exception {
    Dispatcher dispatcher = new Dispatcher(1, 1, Duration.ofSeconds(30));
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean wanted = new AtomicBoolean(true);
    AtomicBoolean ran = new AtomicBoolean();
    AtomicBoolean late = new AtomicBoolean();
    dispatcher.run(
        () -> {
          try {
            assertTrue(release.await(30, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        () -> true,
        () -> {});
    dispatcher.run(() -> ran.set(true), wanted::get, () -> late.set(true));
    wanted.set(false);
    release.countDown();
    assertTrue(dispatcher.awaitNone(Duration.ofSeconds(30)));
    assertFalse(ran.get());
    assertTrue(late.get(), "what the request holds is given back");
  }
}
