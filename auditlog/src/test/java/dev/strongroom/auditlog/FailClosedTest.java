package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.LogUnavailableException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When something is wrong beneath the log, it confirms nothing more. */
@Timeout(180)
class FailClosedTest {
  @TempDir Path folder;

  private static LogUnavailableException stopped(AuditLog log) {
    CompletableFuture<Receipt> receipt = log.submit(TestLog::leaf);
    ExecutionException thrown =
        assertThrows(ExecutionException.class, () -> receipt.get(60, TimeUnit.SECONDS));
    LogUnavailableException unavailable =
        assertInstanceOf(LogUnavailableException.class, thrown.getCause());
    assertEquals(Reason.FAILED, unavailable.reason());
    return unavailable;
  }

  private static LogCode code(LogUnavailableException stopped) {
    return assertInstanceOf(AuditLogException.class, stopped.getCause()).code();
  }

  @Test
  void removingTheJournalStopsTheLog() throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      TestLog.fill(log, 10);
      Files.delete(TestLog.journal(folder).getLast());
      assertEquals(LogCode.JOURNAL_UNLINKED, code(stopped(log)));
      assertTrue(log.failure().isPresent());
      assertEquals(10, log.size());
      assertTrue(log.submit(TestLog::leaf).isCompletedExceptionally());
    }
  }

  @Test
  void replacingOrTouchingTheJournalStopsTheLog() throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      TestLog.fill(log, 10);
      Path segment = TestLog.journal(folder).getLast();
      byte[] content = Files.readAllBytes(segment);
      Files.delete(segment);
      Files.write(segment, content);
      assertEquals(LogCode.JOURNAL_UNLINKED, code(stopped(log)));
    }
    try (AuditLog log = TestLog.open(folder)) {
      TestLog.fill(log, 20);
      Files.write(TestLog.journal(folder).getLast(), new byte[] {0}, StandardOpenOption.APPEND);
      assertEquals(LogCode.JOURNAL_UNLINKED, code(stopped(log)));
    }
  }

  @Test
  void aNewerTermStopsTheLogBeforeItSigns() throws Exception {
    AtomicBoolean signed = new AtomicBoolean();
    LogKeys watched =
        LogKeys.of(
            watched(TestKeys.KEYS.ed25519(), signed), watched(TestKeys.KEYS.mlDsa44(), signed));
    try (AuditLog log = AuditLog.open(AuditLogConfig.of(folder), watched, TestKeys.CLOCK)) {
      TestLog.fill(log, 10);
      log.reader();
      Files.writeString(folder.resolve(LogFiles.TERM), "99\n");
      signed.set(false);
      assertEquals(LogCode.LOG_FENCED, code(stopped(log)));
      assertTrue(!signed.get(), "nothing may be signed after the term is lost");
    }
    try (AuditLog log = TestLog.open(folder)) {
      assertEquals(10, log.size());
    }
  }

  private static CheckpointSigner watched(CheckpointSigner signer, AtomicBoolean signed) {
    return new CheckpointSigner() {
      @Override
      public VerifierKey verifierKey() {
        return signer.verifierKey();
      }

      @Override
      public byte[] sign(byte[] message) throws GeneralSecurityException {
        signed.set(true);
        return signer.sign(message);
      }
    };
  }

  @Test
  void aKeyThatFailsStopsTheLog() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    CheckpointSigner ed25519 = TestKeys.KEYS.ed25519();
    CheckpointSigner failing =
        new CheckpointSigner() {
          @Override
          public VerifierKey verifierKey() {
            return ed25519.verifierKey();
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            if (broken.get()) {
              throw new GeneralSecurityException("the HSM is gone");
            }
            return ed25519.sign(message);
          }
        };
    LogKeys keys = LogKeys.of(failing, TestKeys.KEYS.mlDsa44());
    try (AuditLog log = AuditLog.open(AuditLogConfig.of(folder), keys, TestKeys.CLOCK)) {
      TestLog.fill(log, 5);
      broken.set(true);
      assertInstanceOf(GeneralSecurityException.class, stopped(log).getCause());
    }
    TestLog.make(folder, 6);
    assertInstanceOf(LogReport.Sound.class, TestLog.verify(folder));
  }

  @Test
  void aSecondOpenerIsRefused() throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      AuditLogException refused =
          assertThrows(AuditLogException.class, () -> TestLog.open(folder).close());
      assertEquals(LogCode.LOG_LOCKED, refused.code());
      TestLog.fill(log, 3); // The refused opener has not disturbed it.
    }
    TestLog.open(folder).close();
  }

  @Test
  void aFullDiskStopsTheLogAndLosesNothingConfirmed() throws Exception {
    Path mount = folder.resolve("tiny");
    Files.createDirectories(mount);
    Needs.require(mountTmpfs(mount, "2m"), "root and mount, for a small tmpfs");
    try {
      long confirmed = fillTheDisk(mount.resolve("log"));
      assertTrue(confirmed > 5, "confirmed " + confirmed);
      Path rescued = folder.resolve("rescued");
      TestLog.copy(mount.resolve("log"), rescued);
      try (AuditLog log = TestLog.open(rescued)) {
        assertTrue(log.size() >= confirmed, log.size() + " of " + confirmed);
        log.reader().forEachEntry(0, (i, leaf) -> assertArrayEquals(big(i), leaf));
      }
      assertInstanceOf(LogReport.Sound.class, TestLog.verify(rescued));
    } finally {
      run("umount", mount.toString());
    }
  }

  private static byte[] big(long index) {
    byte[] leaf = new byte[20_000];
    leaf[0] = (byte) index;
    return leaf;
  }

  private static long fillTheDisk(Path directory) throws Exception {
    try (AuditLog log = TestLog.open(AuditLogConfig.of(directory).withBatch(4, 1 << 20))) {
      long confirmed = 0;
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        receipts.add(log.submit(FailClosedTest::big));
      }
      boolean failed = false;
      for (CompletableFuture<Receipt> receipt : receipts) {
        try {
          confirmed = Math.max(confirmed, receipt.get(60, TimeUnit.SECONDS).index() + 1);
        } catch (ExecutionException stopped) {
          failed = true;
          LogUnavailableException unavailable =
              assertInstanceOf(LogUnavailableException.class, stopped.getCause());
          assertEquals(Reason.FAILED, unavailable.reason());
        }
      }
      assertTrue(failed, "2 MiB cannot hold 20 MB");
      assertInstanceOf(IOException.class, stopped(log).getCause());
      return confirmed;
    }
  }

  private static boolean mountTmpfs(Path mount, String size) throws Exception {
    boolean root = "root".equals(System.getProperty("user.name"));
    return root
        && run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", mount.toString()) == 0;
  }

  private static int run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException absent) {
      return -1;
    }
  }
}
