package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir Path folder;

  private AuditLog open() {
    return AuditLog.open(AuditLogConfig.of(folder), TestKeys.KEYS, TestKeys.CLOCK);
  }

  private static byte[] leaf(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Receipt append(AuditLog log, String text) throws Exception {
    return log.submit(index -> leaf(text)).get(30, TimeUnit.SECONDS);
  }

  @Test
  void everyReceiptVerifiesAndSurvivesReopening() throws Exception {
    List<Receipt> receipts = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      try (AuditLog log = open()) {
        assertEquals(receipts.size(), log.size());
        for (int i = 0; i < 100; i++) {
          receipts.add(append(log, "entry " + receipts.size()));
        }
        LogReader reader = log.reader();
        for (int i = 0; i < receipts.size(); i++) {
          assertEquals(i, receipts.get(i).index());
          verify(receipts.get(i), "entry " + i);
          verify(reader.receiptFor(i), "entry " + i);
          verify(Receipt.parse(receipts.get(i).toText()), "entry " + i);
        }
      }
      assertInstanceOf(
          LogReport.Sound.class,
          LogVerifier.verify(folder, TestKeys.TRUST, List.of(), TestKeys.CLOCK));
    }
  }

  private static void verify(Receipt receipt, String text) {
    ReceiptVerifier.VerifiedReceipt verified =
        ReceiptVerifier.verify(receipt, leaf(text), TestKeys.TRUST, TestKeys.NOW);
    assertTrue(verified.checkpoint().size() > verified.index());
  }

  @Test
  void manySubmittersShareBatches() throws Exception {
    long submitters = 64;
    int each = 400;
    try (AuditLog log = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Receipt>>> results = new ArrayList<>();
      for (long s = 0; s < submitters; s++) {
        long submitter = s;
        results.add(
            threads.submit(() -> {
              List<Receipt> mine = new ArrayList<>();
              for (int i = 0; i < each; i++) {
                mine.add(append(log, submitter + "/" + i));
              }
              return mine;
            }));
      }
      boolean[] seen = new boolean[Math.toIntExact(submitters * each)];
      for (var result : results) {
        for (Receipt receipt : result.get()) {
          seen[(int) receipt.index()] = true;
        }
      }
      for (boolean one : seen) {
        assertTrue(one);
      }
    }
    LogReport report = LogVerifier.verify(folder, TestKeys.TRUST, List.of(), TestKeys.CLOCK);
    assertEquals(
        submitters * each, assertInstanceOf(LogReport.Sound.class, report).checkpoint().size());
  }

  @Test
  void refusedEntryAppendsNothingAndKeepsItsException() throws Exception {
    AtomicLong calls = new AtomicLong();
    EntryRefusedException refusal = new EntryRefusedException("nonce-used", "the nonce was used");
    try (AuditLog log = open()) {
      CompletableFuture<Receipt> refused =
          log.submit(index -> {
            calls.incrementAndGet();
            throw refusal;
          });
      ExecutionException thrown = assertThrows(ExecutionException.class, refused::get);
      assertSame(refusal, thrown.getCause());
      assertEquals(0, append(log, "first").index());
      assertEquals(1, calls.get());
    }
  }

  @Test
  void readsBackWhatWasWritten() throws Exception {
    try (AuditLog log = open()) {
      for (int i = 0; i < 600; i++) {
        append(log, "entry " + i);
      }
    }
    LogReader reader = LogReader.open(folder, TestKeys.TRUST, TestKeys.CLOCK);
    AtomicLong next = new AtomicLong(250);
    reader.forEachEntry(
        250,
        (index, leaf) -> {
          assertEquals(next.getAndIncrement(), index);
          assertArrayEquals(leaf("entry " + index), leaf);
        });
    assertEquals(600, next.get());
  }
}
