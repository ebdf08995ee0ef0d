package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.LogUnavailableException.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a submission may meet: order, refusal, a full queue, a log that hangs or is closed. */
@Timeout(120)
class SubmissionTest {
  @TempDir Path folder;

  private static Throwable failure(CompletableFuture<Receipt> receipt) {
    return Objects.requireNonNull(
        assertThrows(ExecutionException.class, () -> receipt.get(60, TimeUnit.SECONDS)).getCause());
  }

  private static Reason reason(CompletableFuture<Receipt> receipt) {
    return assertInstanceOf(LogUnavailableException.class, failure(receipt)).reason();
  }

  /** Holds the log's thread inside an entry, as a hung disk would. */
  private static final class Holdup implements Entry {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @Override
    public byte[] admit(long index) {
      reached.countDown();
      boolean interrupted = false;
      while (true) {
        try {
          released.await();
          break;
        } catch (InterruptedException again) {
          interrupted = true;
        }
      }
      assertFalse(interrupted);
      return TestLog.leaf(index);
    }
  }

  /** The check-then-append of a nonce: among many racing submissions of it, one wins. */
  @Test
  void aNonceIsAdmittedOnceUnderConcurrency() throws Exception {
    int nonces = 50;
    int racers = 20;
    Set<Integer> used = new HashSet<>(); // Only the log's thread touches it.
    AtomicInteger admitted = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (AuditLog log = TestLog.open(folder);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < nonces * racers; i++) {
        int nonce = i % nonces;
        Entry entry =
            index -> {
              if (!used.add(nonce)) {
                throw new EntryRefusedException("nonce-used", "ask for a new nonce");
              }
              return TestLog.leaf(index);
            };
        done.add(threads.submit(() -> count(log.submit(entry), admitted, refused)));
      }
      for (Future<?> one : done) {
        one.get();
      }
      assertEquals(nonces, log.size());
    }
    assertEquals(nonces, admitted.get());
    assertEquals(nonces * racers - nonces, refused.get());
  }

  private static void count(
      CompletableFuture<Receipt> receipt, AtomicInteger admitted, AtomicInteger refused) {
    try {
      receipt.join();
      admitted.incrementAndGet();
    } catch (java.util.concurrent.CompletionException failed) {
      assertInstanceOf(EntryRefusedException.class, failed.getCause());
      refused.incrementAndGet();
    }
  }

  @Test
  void entriesAreAskedInOrderWithTheIndexTheyReceive() throws Exception {
    List<Long> asked = new ArrayList<>();
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    try (AuditLog log = TestLog.open(folder)) {
      for (int i = 0; i < 500; i++) {
        boolean refuse = i % 3 == 1;
        receipts.add(
            log.submit(index -> {
              asked.add(index);
              if (refuse) {
                throw new EntryRefusedException("no", "not this one");
              }
              return TestLog.leaf(index);
            }));
      }
      long next = 0;
      for (int i = 0; i < receipts.size(); i++) {
        if (i % 3 == 1) {
          assertInstanceOf(EntryRefusedException.class, failure(receipts.get(i)));
        } else {
          assertEquals(next++, receipts.get(i).get(60, TimeUnit.SECONDS).index());
        }
        assertEquals(i % 3 == 1 ? next : next - 1, asked.get(i));
      }
    }
  }

  @Test
  void aRuntimeExceptionRefusesTheEntryAlone() throws Exception {
    IllegalStateException bug = new IllegalStateException("a bug of the caller");
    try (AuditLog log = TestLog.open(folder)) {
      CompletableFuture<Receipt> broken =
          log.submit(index -> {
            throw bug;
          });
      assertSame(bug, failure(broken));
      assertEquals(0, log.submit(TestLog::leaf).get(60, TimeUnit.SECONDS).index());
    }
  }

  @Test
  void theLargestLeafFitsAndOneByteMoreDoesNot() throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      log.submit(index -> new byte[Entry.MAX_LEAF_BYTES]).get(60, TimeUnit.SECONDS);
      CompletableFuture<Receipt> tooLarge = log.submit(index -> new byte[Entry.MAX_LEAF_BYTES + 1]);
      assertEquals(
          "entry-too-large",
          assertInstanceOf(EntryRefusedException.class, failure(tooLarge)).code());
      log.submit(index -> new byte[0]).get(60, TimeUnit.SECONDS);
      assertEquals(2, log.size());
    }
    assertInstanceOf(LogReport.Sound.class, TestLog.verify(folder));
  }

  @Test
  void aBatchIsClosedByItsBytesAndLosesNobody() throws Exception {
    AuditLogConfig config = AuditLogConfig.of(folder).withBatch(1000, 100_000);
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    try (AuditLog log = TestLog.open(config)) {
      for (int i = 0; i < 40; i++) {
        receipts.add(log.submit(index -> new byte[40_000]));
      }
      for (int i = 0; i < receipts.size(); i++) {
        assertEquals(i, receipts.get(i).get(60, TimeUnit.SECONDS).index());
      }
    }
  }

  @Test
  void aFullQueueRefusesAtOnce() throws Exception {
    AuditLogConfig config = AuditLogConfig.of(folder).withQueueCapacity(3);
    try (AuditLog log = TestLog.open(config)) {
      Holdup holdup = new Holdup();
      CompletableFuture<Receipt> held = log.submit(holdup);
      holdup.reached.await();
      List<CompletableFuture<Receipt>> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waiting.add(log.submit(TestLog::leaf));
      }
      assertEquals(3, log.queued());
      CompletableFuture<Receipt> over = log.submit(TestLog::leaf);
      assertTrue(over.isCompletedExceptionally());
      assertEquals(Reason.QUEUE_FULL, reason(over));
      holdup.released.countDown();
      held.get(60, TimeUnit.SECONDS);
      for (CompletableFuture<Receipt> receipt : waiting) {
        receipt.get(60, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aHungLogAnswersWithinTheWaitAndGoesOnAfterwards() throws Exception {
    AuditLogConfig config = AuditLogConfig.of(folder).withMaxWait(Duration.ofMillis(200));
    AtomicInteger asked = new AtomicInteger();
    try (AuditLog log = TestLog.open(config)) {
      Holdup holdup = new Holdup();
      CompletableFuture<Receipt> held = log.submit(holdup);
      holdup.reached.await();
      CompletableFuture<Receipt> queued =
          log.submit(index -> {
            asked.incrementAndGet();
            return TestLog.leaf(index);
          });
      assertEquals(Reason.TIMEOUT, reason(held));
      assertEquals(Reason.TIMEOUT, reason(queued));
      holdup.released.countDown();
      Receipt later = eventually(log);
      assertEquals(1, later.index(), "the held entry stands, the expired one was never asked");
      assertEquals(0, asked.get());
    }
  }

  /** The disk of a busy machine may itself be slower than the short wait of the test. */
  private static Receipt eventually(AuditLog log) throws Exception {
    while (true) {
      try {
        return log.submit(TestLog::leaf).get(60, TimeUnit.SECONDS);
      } catch (ExecutionException slow) {
        assertInstanceOf(LogUnavailableException.class, slow.getCause());
        if (log.size() > 1) {
          return log.reader().receiptFor(1);
        }
      }
    }
  }

  @Test
  void aClosedLogRefusesAtOnceAndKeepsWhatItHad() throws Exception {
    AuditLog log = TestLog.open(folder);
    TestLog.fill(log, 5);
    log.close();
    log.close();
    CompletableFuture<Receipt> late = log.submit(TestLog::leaf);
    assertTrue(late.isDone());
    assertEquals(Reason.CLOSED, reason(late));
    assertEquals(5, log.size());
  }

  @Test
  void closingConfirmsWhatWaits() throws Exception {
    AuditLog log = TestLog.open(folder);
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      receipts.add(log.submit(TestLog::leaf));
    }
    log.close();
    for (CompletableFuture<Receipt> receipt : receipts) {
      assertTrue(receipt.isDone() && !receipt.isCompletedExceptionally());
    }
  }

  @Test
  void aCallerThatGaveUpIsNotAsked() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (AuditLog log = TestLog.open(folder)) {
      Holdup holdup = new Holdup();
      CompletableFuture<Receipt> held = log.submit(holdup);
      holdup.reached.await();
      CompletableFuture<Receipt> cancelled =
          log.submit(index -> {
            asked.incrementAndGet();
            return TestLog.leaf(index);
          });
      cancelled.cancel(false);
      holdup.released.countDown();
      held.get(60, TimeUnit.SECONDS);
      assertEquals(1, log.submit(TestLog::leaf).get(60, TimeUnit.SECONDS).index());
      assertEquals(0, asked.get());
    }
  }
}
