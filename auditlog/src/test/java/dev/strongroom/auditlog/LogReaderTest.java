package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of proof on a log of three levels of tiles: 256 full ones and some more. */
class LogReaderTest {
  private static final int SIZE = 65_536 + 700;
  private static final long SEED = 62;

  @TempDir static Path folder;

  private static LogReader reader;
  private static final List<Hash> ROOTS = new ArrayList<>();

  @BeforeAll
  static void fill() throws Exception {
    AuditLogConfig config = AuditLogConfig.of(folder).withQueueCapacity(SIZE);
    try (AuditLog log = TestLog.open(config)) {
      TestLog.fill(log, SIZE);
    }
    reader = LogReader.open(folder, TestKeys.TRUST, TestKeys.CLOCK);
    TreeHasher hasher = new TreeHasher();
    Frontier frontier = Frontier.EMPTY;
    ROOTS.add(TreeHasher.EMPTY_ROOT);
    for (int i = 0; i < SIZE; i++) {
      BatchTree tree = new BatchTree(frontier, List.of(hasher.leaf(TestLog.leaf(i))), hasher);
      ROOTS.add(tree.root());
      frontier = tree.frontier();
    }
  }

  @Test
  void theLogVerifies() {
    LogReport.Sound sound = assertInstanceOf(LogReport.Sound.class, TestLog.verify(folder));
    assertEquals(SIZE, sound.checkpoint().size());
    assertEquals(ROOTS.getLast(), sound.checkpoint().root());
  }

  @Test
  void everyEntryIsProved() {
    AtomicLong next = new AtomicLong(300);
    reader.forEachProvenEntry(
        300,
        (index, leaf) -> {
          assertEquals(next.getAndIncrement(), index);
          assertArrayEquals(TestLog.leaf(index), leaf);
        });
    assertEquals(SIZE, next.get());
    assertArrayEquals(TestLog.leaf(65_536), reader.provenEntry(65_536));
  }

  @Test
  void entriesThatWereChangedTogetherWithTheirTileAreNotProved(@TempDir Path copy)
      throws Exception {
    for (int size : new int[] {3, 256, 700, 1024}) {
      for (int n = 0; n < Math.ceilDiv(size, 256); n++) {
        Path log = copy.resolve(size + "-" + n);
        TestLog.make(log, size);
        forge(log, n, Math.min(256, size - 256 * n));
        LogReader forged = LogReader.open(log, TestKeys.TRUST, TestKeys.CLOCK);
        List<Long> seen = new ArrayList<>();
        forged.forEachEntry(0, (index, leaf) -> seen.add(index));
        assertEquals(size, seen.size(), "its tile says the same");
        seen.clear();
        AuditLogException refused =
            assertThrows(
                AuditLogException.class,
                () -> forged.forEachProvenEntry(0, (index, leaf) -> seen.add(index)));
        assertEquals(LogCode.ROOT_MISMATCH, refused.code());
        assertTrue(seen.size() <= 256 * n, "nothing of it was shown");
        long bad = 256L * n;
        assertThrows(AuditLogException.class, () -> forged.provenEntry(bad));
      }
    }
  }

  // Another first entry in a bundle, and its hash in the tile.
  private static void forge(Path log, int n, int width) throws IOException {
    Path bundle = log.resolve(TilePath.entries(n, width).toString());
    Path tile = log.resolve(new TilePath(0, n, width).toString());
    byte[] entries = Files.readAllBytes(bundle);
    entries[2] ^= 1;
    Files.write(bundle, entries);
    byte[] hashes = Files.readAllBytes(tile);
    byte[] leaf = EntryBundle.parse(entries, width).leaves().getFirst();
    System.arraycopy(new TreeHasher().leaf(leaf).raw(), 0, hashes, 0, Hash.BYTES);
    Files.write(tile, hashes);
  }

  @Test
  void everyEntryIsReadBack() {
    AtomicLong next = new AtomicLong();
    reader.forEachEntry(
        0,
        (index, leaf) -> {
          assertEquals(next.getAndIncrement(), index);
          assertArrayEquals(TestLog.leaf(index), leaf);
        });
    assertEquals(SIZE, next.get());
  }

  @Test
  void receiptsOfAnyIndexVerify() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      long index = round < 4 ? List.of(0, 255, 65_535, SIZE - 1).get(round) : random.nextInt(SIZE);
      Receipt receipt = reader.receiptFor(index);
      MerkleProofs.verifyInclusion(
          index,
          SIZE,
          new TreeHasher().leaf(TestLog.leaf(index)),
          receipt.proof(),
          ROOTS.getLast());
    }
  }

  @Test
  void rootsAndConsistencyOfAnySizesVerify() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      int newer = 1 + random.nextInt(SIZE);
      int older = 1 + random.nextInt(newer);
      assertEquals(ROOTS.get(newer), reader.rootAt(newer));
      List<Hash> proof = reader.consistencyProof(older, newer);
      MerkleProofs.verifyConsistency(older, ROOTS.get(older), newer, ROOTS.get(newer), proof);
    }
  }

  @Test
  void everyPairOfSmallSizesIsConsistent() {
    for (int newer = 1; newer <= 40; newer++) {
      for (int older = 1; older <= newer; older++) {
        List<Hash> proof = reader.consistencyProof(older, newer);
        MerkleProofs.verifyConsistency(older, ROOTS.get(older), newer, ROOTS.get(newer), proof);
      }
    }
  }

  @Test
  void indexesOutsideAreRefused() {
    for (long index : new long[] {-1, SIZE, Long.MAX_VALUE}) {
      AuditLogException refused =
          assertThrows(AuditLogException.class, () -> reader.receiptFor(index));
      assertEquals(LogCode.INDEX_OUT_OF_RANGE, refused.code());
    }
    assertThrows(AuditLogException.class, () -> reader.rootAt(SIZE + 1));
    assertThrows(AuditLogException.class, () -> reader.consistencyProof(5, 4));
    assertThrows(AuditLogException.class, () -> reader.consistencyProof(1, SIZE + 1));
    assertThrows(AuditLogException.class, () -> reader.forEachEntry(SIZE + 1, (i, l) -> {}));
    assertEquals(List.of(), reader.consistencyProof(0, 7));
  }
}
