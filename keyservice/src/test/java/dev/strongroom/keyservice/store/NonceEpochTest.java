package dev.strongroom.keyservice.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NonceEpochTest {
  private final SecureRandom random = new SecureRandom();
  @TempDir Path folder;
  private Path store;

  @BeforeEach
  void name() {
    store = folder.resolve("store.db");
  }

  private long atStart(long lastInLog) {
    return NonceEpoch.atStart(store, lastInLog, random);
  }

  @Test
  void anOrdinaryRestartKeepsTheEpoch() {
    long epoch = atStart(0);
    assertTrue(epoch > 0 && epoch < 1L << 53);
    assertEquals(epoch, atStart(epoch));
    assertEquals(epoch, atStart(epoch));
  }

  @Test
  void aRestoreOrRebuildBeginsAnother() {
    long epoch = atStart(0);
    NonceEpoch.end(store);
    long next = atStart(epoch);
    assertNotEquals(epoch, next);
    assertNotEquals(next, atStart(epoch), "the log does not know the epoch of the file");
  }

  @Test
  void aFileThatCannotBeReadBeginsAnother() throws Exception {
    long epoch = atStart(0);
    for (String content : new String[] {"", "x", "12345", "9".repeat(40), "\u00e9"}) {
      Files.writeString(folder.resolve("store.db.epoch"), content);
      long next = atStart(epoch);
      assertNotEquals(epoch, next, content);
      assertEquals(next, atStart(next));
    }
  }

  @Test
  void aFileThatOthersMayWriteIsRefused() throws Exception {
    long epoch = atStart(0);
    Files.setPosixFilePermissions(
        folder.resolve("store.db.epoch"), PosixFilePermissions.fromString("rw-rw----"));
    assertEquals(
        ProblemCode.STORE_FILE_INSECURE, assertThrows(Problem.class, () -> atStart(epoch)).code());
  }
}
