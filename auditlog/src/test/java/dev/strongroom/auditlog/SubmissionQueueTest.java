package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a round of the log begins, and with whom. */
@Timeout(120)
class SubmissionQueueTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final SubmissionQueue queue = new SubmissionQueue(100);

  private static Submission submission() {
    return new Submission(
        index -> "leaf".getBytes(StandardCharsets.UTF_8), new CompletableFuture<>(), 0);
  }

  @Test
  void whoComesAloneDoesNotWait() {
    queue.offer(submission());
    assertEquals(1, queue.take(10, Duration.ZERO).size());
  }

  @Test
  void aRoundBeginsAtOnceWhenItIsFull() {
    queue.offer(submission());
    CompletableFuture<List<Submission>> round =
        CompletableFuture.supplyAsync(() -> queue.take(3, LONG));
    queue.offer(submission());
    queue.offer(submission());
    assertEquals(3, round.join().size());
  }

  @Test
  void aRoundBeginsWhenTheDelayIsOver() {
    queue.offer(submission());
    queue.offer(submission());
    assertEquals(2, queue.take(3, Duration.ofMillis(5)).size());
  }

  @Test
  void aRoundThatWaitsForMoreBeginsWhenTheQueueCloses() {
    queue.offer(submission());
    CompletableFuture<List<Submission>> round =
        CompletableFuture.supplyAsync(() -> queue.take(3, LONG));
    queue.close();
    assertEquals(1, round.join().size());
    assertEquals(List.of(), queue.take(3, LONG));
  }

  /** An empty round means that the queue is closed: the log's thread ends with it. */
  @Test
  void aRoundWhoseSubmissionsRanOutOfTimeGoesOnWaiting() throws Exception {
    CompletableFuture<List<Submission>> round = take();
    queue.offer(submission());
    while (queue.takeExpired(1).isEmpty()) {
      assertEquals(1, round.join().size());
      round = take();
      queue.offer(submission());
    }
    CompletableFuture<List<Submission>> waiting = round;
    assertThrows(TimeoutException.class, () -> waiting.get(200, TimeUnit.MILLISECONDS));
    queue.offer(submission());
    assertEquals(1, waiting.join().size());
  }

  private CompletableFuture<List<Submission>> take() {
    return CompletableFuture.supplyAsync(() -> queue.take(3, Duration.ofMillis(20)));
  }

  @Test
  void anInterruptLosesNobody() throws InterruptedException {
    queue.offer(submission());
    CompletableFuture<List<Submission>> round = new CompletableFuture<>();
    Thread taker = Thread.ofPlatform().start(() -> round.complete(queue.take(3, LONG)));
    assertFalse(round.isDone());
    taker.interrupt();
    assertEquals(1, round.join().size());
    taker.join();
  }
}
