package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.auditlog.Checkpoint;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedLogTest {
  @TempDir Path folder;
  private Fixture fixture;
  private PublishedLog published;
  private LogTrust trust;

  @BeforeEach
  void open() throws Exception {
    fixture = Fixture.open(folder);
    published = new PublishedLog(fixture.log(), folder.resolve("log"));
    trust =
        LogTrust.of(
            Fixture.ORIGIN,
            LogKeys.load(folder.resolve("ed25519.key"), folder.resolve("mldsa.key"))
                .verifierKeys());
    Events events = new Events(1);
    for (int i = 0; i < 3; i++) {
      fixture.ledger().commit(view -> events.policy());
    }
    assertEquals(3, fixture.log().reader().size());
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void checkpointAndTilesAreThoseOfTheLog() throws Exception {
    Checkpoint checkpoint = Checkpoint.verify(published.checkpoint(), trust, Instant.now());
    assertEquals(3, checkpoint.size());
    assertEquals(3 * 32, published.tile("tile/0/000.p/3").length);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("log/tile/entries/000.p/3")),
        published.tile("tile/entries/000.p/3"));
  }

  @Test
  void aReceiptProvesItsLeaf() {
    PublishedLog.Receipted receipted = published.receipt(1);
    byte[] leaf = receipted.leaf().bytes();
    assertTrue(EventCodec.read(leaf) instanceof LogEvent.PolicyApplied);
    Receipt receipt = Receipt.parse(receipted.receipt(), leaf);
    assertEquals(1, ReceiptVerifier.verify(receipt, leaf, trust, Instant.now()).index());
  }

  @Test
  void thereIsNoReceiptOutsideTheLog() {
    for (long index : new long[] {3, Long.MAX_VALUE, -1}) {
      assertEquals(
          ProblemCode.NOT_FOUND,
          assertThrows(Problem.class, () -> published.receipt(index)).code());
    }
  }

  @Test
  void nothingButTilesIsServed() {
    List<String> paths =
        List.of(
            "",
            "checkpoint",
            "../store.db",
            "tile/../../store.db",
            "tile/0/../../checkpoint",
            "tile/0/000/../000.p/3",
            "/tile/0/000.p/3",
            "tile//0/000.p/3",
            "tile/0/000.p/3/",
            "tile/0/000.p/3\n",
            "tile/0/000.p/0",
            "tile/0/000.p/03",
            "tile/0/000.p/256",
            "tile/0/0.p/3",
            "tile/0/x00/000.p/3",
            "tile/64/000.p/3",
            "tile/00/000.p/3",
            "tile/-1/000.p/3",
            "tile/journal/000",
            "tile/0/000.p/٣",
            "journal/00000000000000000000",
            "tile/0/001",
            "tile/0/000.p/3/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x");
    for (String path : paths) {
      assertEquals(
          ProblemCode.NOT_FOUND,
          assertThrows(Problem.class, () -> published.tile(path), path).code(),
          path);
    }
  }
}
