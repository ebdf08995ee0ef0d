package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opening after a crash, after damage, and after somebody restored an older state. */
@Timeout(180)
class RecoveryTest {
  @TempDir Path temp;
  private Path live;
  private Path crashed;

  @BeforeEach
  void paths() {
    live = temp.resolve("live");
    crashed = temp.resolve("crashed");
  }

  /** What a kill would leave: some entries published, the rest in the journal alone. */
  private void crash(long published, long size) throws Exception {
    if (published > 0) {
      TestLog.make(live, published);
    }
    AuditLogConfig config =
        AuditLogConfig.of(live).withPublishInterval(Duration.ofMinutes(1)).withBatch(7, 1 << 20);
    try (AuditLog log = TestLog.open(config)) {
      TestLog.fill(log, published + 1); // The first publication is not delayed.
      log.reader();
      TestLog.fill(log, size);
      TestLog.copy(live, crashed);
    }
  }

  private static AuditLogException refusal(Path folder) {
    return refusal(AuditLogConfig.of(folder));
  }

  private static AuditLogException refusal(AuditLogConfig config) {
    return assertThrows(AuditLogException.class, () -> TestLog.open(config).close());
  }

  private static void requireEntries(Path folder, long size) {
    LogReader reader = LogReader.open(folder, TestKeys.TRUST, TestKeys.CLOCK);
    assertEquals(size, reader.size());
    reader.forEachEntry(0, (index, leaf) -> assertArrayEquals(TestLog.leaf(index), leaf));
    assertInstanceOf(LogReport.Sound.class, TestLog.verify(folder));
  }

  @Test
  void theJournalIsReplayed() throws Exception {
    crash(300, 700);
    LogReport.Sound before = assertInstanceOf(LogReport.Sound.class, TestLog.verify(crashed));
    assertEquals(301, before.checkpoint().size());
    assertEquals(399, before.journalEntries());
    try (AuditLog log = TestLog.open(crashed)) {
      assertEquals(700, log.size());
      assertEquals(400, log.recovery().replayedEntries());
      assertEquals(0, log.recovery().droppedBytes());
      TestLog.fill(log, 800);
    }
    requireEntries(crashed, 800);
    assertEquals(List.of(), TestLog.journal(crashed));
  }

  /** A receipt can carry a checkpoint that is newer than the published one. */
  @Test
  void aKeptCheckpointWithinTheJournalIsComparedThere() throws Exception {
    crash(300, 700);
    String within = Files.readString(live.resolve(LogFiles.CHECKPOINT));
    LogReport.Sound sound =
        assertInstanceOf(
            LogReport.Sound.class,
            LogVerifier.verify(crashed, TestKeys.TRUST, List.of(within), TestKeys.CLOCK));
    assertEquals(1, sound.olderCheckpoints());

    TestLog.make(live, 701);
    String beyond = Files.readString(live.resolve(LogFiles.CHECKPOINT));
    LogReport.Damaged damaged =
        assertInstanceOf(
            LogReport.Damaged.class,
            LogVerifier.verify(crashed, TestKeys.TRUST, List.of(beyond), TestKeys.CLOCK));
    assertEquals(LogCode.LOG_ROLLED_BACK, damaged.code());
    assertEquals(700, damaged.firstBadIndex().orElseThrow());
  }

  /** Only the newest partial tile of a folder is synced; a power cut may empty the others. */
  @Test
  void emptiedPartialTilesOfEarlierSizesAreWrittenAgain() throws Exception {
    TestLog.make(live, 300);
    try (AuditLog log = TestLog.open(live)) {
      for (int size : new int[] {305, 310}) {
        TestLog.fill(log, size);
        log.reader();
      }
      TestLog.copy(live, crashed);
    }
    for (String tile : List.of("tile/0/001.p/49", "tile/entries/001.p/49")) {
      Path file = crashed.resolve(tile);
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, new byte[0]);
      TestLog.open(crashed).close();
      assertArrayEquals(whole, Files.readAllBytes(file), tile);
    }
    requireEntries(crashed, 310);
  }

  private void publishInSteps(int... sizes) throws Exception {
    TestLog.make(live, 300);
    try (AuditLog log = TestLog.open(live)) {
      for (int size : sizes) {
        TestLog.fill(log, size);
        log.reader();
      }
      TestLog.copy(live, crashed);
    }
  }

  /** Blocks that did not reach the disk read as zeroes, or the file ends before them. */
  @Test
  void shortenedAndZeroedPartialTilesOfEarlierSizesAreWrittenAgain() throws Exception {
    publishInSteps(305, 310);
    for (String tile : List.of("tile/0/001.p/49", "tile/entries/001.p/49")) {
      Path file = crashed.resolve(tile);
      byte[] whole = Files.readAllBytes(file);
      byte[] zeroed = whole.clone();
      Arrays.fill(zeroed, 512, zeroed.length, (byte) 0);
      for (byte[] left : List.of(zeroed, Arrays.copyOf(whole, 512), Arrays.copyOf(zeroed, 600))) {
        Files.write(file, left);
        TestLog.open(crashed).close();
        assertArrayEquals(whole, Files.readAllBytes(file), tile);
      }
    }
    requireEntries(crashed, 310);
  }

  /** What somebody published earlier and then changed stays where an auditor finds it. */
  @Test
  void partialTilesOfEarlierSizesThatHoldOtherHashesAreRefusedAndKept() throws Exception {
    publishInSteps(305, 307, 310);
    for (String tile : List.of("tile/0/001.p/51", "tile/entries/001.p/51")) {
      Path file = crashed.resolve(tile);
      byte[] whole = Files.readAllBytes(file);
      byte[] former = whole.clone();
      former[former.length - 1] ^= 1;
      // What a power cut left stands beside it, and is not written again either.
      Path torn = crashed.resolve("tile/0/001.p/49");
      byte[] before = Files.readAllBytes(torn);
      Files.write(torn, new byte[0]);
      for (byte[] left : List.of(former, Arrays.copyOf(former, former.length + 1), longer(whole))) {
        Files.write(file, left);
        AuditLogException refused = refusal(crashed);
        assertEquals(
            tile.contains("entries") ? LogCode.ENTRY_MISMATCH : LogCode.TILE_MISMATCH,
            refused.code());
        assertEquals(306, refused.firstBadIndex().orElseThrow());
        assertArrayEquals(left, Files.readAllBytes(file), tile);
        assertEquals(0, Files.size(torn));
      }
      Files.write(file, whole);
      Files.write(torn, before);
    }
    TestLog.open(crashed).close();
    requireEntries(crashed, 310);
  }

  private static byte[] longer(byte[] whole) {
    return Arrays.copyOf(whole, whole.length + 1);
  }

  /** A log that is refused is left as it was found. */
  @Test
  void nothingIsRepairedInALogThatIsRefused() throws Exception {
    publishInSteps(305, 310);
    Path torn = crashed.resolve("tile/0/001.p/49");
    Files.write(torn, new byte[0]);
    TestLog.make(temp.resolve("longer"), 320);
    String retained = Files.readString(temp.resolve("longer").resolve(LogFiles.CHECKPOINT));
    AuditLogConfig config = AuditLogConfig.of(crashed).withRetainedCheckpoint(retained);
    assertEquals(LogCode.LOG_ROLLED_BACK, refusal(config).code());
    assertEquals(0, Files.size(torn));
  }

  /** What a full tile replaced is gone before the sync is recorded: later nobody looks there. */
  @Test
  void partialTilesOfAFullTileAreRemovedBeforeTheSyncIsRecorded() throws Exception {
    TestLog.make(live, 300);
    Path partials = live.resolve("tile/0/001.p");
    LogFiles files = new LogFiles(live);
    Checkpoint synced =
        Checkpoint.verify(
            Files.readAllBytes(live.resolve(LogFiles.SYNCED)),
            TestKeys.TRUST,
            TestKeys.CLOCK.instant());
    TileBuilder tiles = TileBuilder.load(files, synced.head());
    TreeHasher hasher = new TreeHasher();
    for (int i = 300; i < 512; i++) {
      tiles.append(TestLog.leaf(i), hasher.leaf(TestLog.leaf(i)));
    }
    // The process dies as it records the sync.
    Files.delete(live.resolve(LogFiles.SYNCED));
    Files.createDirectories(live.resolve(LogFiles.SYNCED).resolve("in the way"));
    assertTrue(Files.exists(partials));
    assertThrows(IOException.class, () -> Publisher.syncAndRecord(files, tiles, synced));
    assertFalse(Files.exists(partials));
    assertFalse(Files.exists(live.resolve("tile/entries/001.p")));
  }

  @Test
  void openingALogThatWasClosedWritesNoTile() throws Exception {
    TestLog.make(live, 300);
    Path tile = live.resolve("tile/0/001.p/44");
    Object before = Files.readAttributes(tile, BasicFileAttributes.class).fileKey();
    TestLog.open(live).close();
    assertEquals(before, Files.readAttributes(tile, BasicFileAttributes.class).fileKey());
  }

  @Test
  void theJournalAloneBringsTheWholeLogBack() throws Exception {
    crash(0, 600);
    TestLog.delete(crashed.resolve("tile"));
    Files.delete(crashed.resolve(LogFiles.CHECKPOINT));
    TestLog.open(crashed).close();
    requireEntries(crashed, 600);
  }

  /** A power cut may lose or shorten whatever was not synced; the journal has it all. */
  @Test
  void unsyncedTilesAreMadeAgain() throws Exception {
    TestLog.make(live, 300);
    try (AuditLog log = TestLog.open(live)) {
      TestLog.fill(log, 900);
      log.reader();
      TestLog.copy(live, crashed);
    }
    for (String tile : List.of("tile/0/001", "tile/entries/001", "tile/entries/002")) {
      Files.write(crashed.resolve(tile), new byte[0]);
    }
    Files.write(crashed.resolve(LogFiles.CHECKPOINT), new byte[0]);
    TestLog.open(crashed).close();
    requireEntries(crashed, 900);
  }

  @Test
  void aTornTailIsDroppedWhereverItIsTorn() throws Exception {
    crash(10, 60);
    Path segment = TestLog.journal(crashed).getLast();
    byte[] whole = Files.readAllBytes(segment);
    long seed = 99;
    Random random = new Random(seed);
    for (int round = 0; round < 12; round++) {
      Path torn = temp.resolve("torn" + round);
      TestLog.copy(crashed, torn);
      int cut = 1 + random.nextInt(2000);
      try (FileChannel channel =
          FileChannel.open(TestLog.journal(torn).getLast(), StandardOpenOption.WRITE)) {
        channel.truncate(whole.length - cut);
      }
      try (AuditLog log = TestLog.open(torn)) {
        assertTrue(log.size() < 60 && log.size() >= 50, "seed " + seed + ", size " + log.size());
        assertTrue(log.recovery().droppedBytes() > 0);
      }
      requireEntries(torn, LogReader.open(torn, TestKeys.TRUST, TestKeys.CLOCK).size());
    }
  }

  @Test
  void zeroesAfterTheLastRecordAreATornTail() throws Exception {
    crash(10, 60);
    Files.write(TestLog.journal(crashed).getLast(), new byte[5000], StandardOpenOption.APPEND);
    try (AuditLog log = TestLog.open(crashed)) {
      assertEquals(60, log.size());
      assertEquals(5000, log.recovery().droppedBytes());
    }
  }

  /** A record that was confirmed has others after it: damage to it is no torn tail. */
  @Test
  void damageBeforeTheLastRecordIsRefused() throws Exception {
    crash(10, 60);
    Path segment = TestLog.journal(crashed).getLast();
    byte[] whole = Files.readAllBytes(segment);
    long seed = 5;
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      byte[] damaged = whole.clone();
      int bit = random.nextInt(whole.length / 2 * 8);
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(segment, damaged);
      AuditLogException refused = refusal(crashed);
      assertEquals(LogCode.JOURNAL_CORRUPT, refused.code(), "seed " + seed + ", bit " + bit);
      assertTrue(refused.firstBadIndex().orElseThrow() < 60);
    }
    Files.write(segment, whole);
    TestLog.open(crashed).close();
    requireEntries(crashed, 60);
  }

  /** Checksums do not stop who can compute them; the root and the signature do. */
  @Test
  void aRewrittenRecordIsRefused() throws Exception {
    crash(10, 11);
    TestLog.open(crashed).close();
    TestLog.delete(crashed.resolve(LogFiles.JOURNAL));
    Files.createDirectories(crashed.resolve(LogFiles.JOURNAL));
    String note = Files.readString(crashed.resolve(LogFiles.CHECKPOINT));
    writeJournal(new JournalRecord(11, 1, List.of(new byte[] {1}), note));
    assertEquals(LogCode.JOURNAL_CORRUPT, refusal(crashed).code());
    Hash leaf = new TreeHasher().leaf(new byte[] {1});
    Frontier frontier = TileBuilder.load(new LogFiles(crashed), head(note)).frontier();
    Hash root = new BatchTree(frontier, List.of(leaf), new TreeHasher()).root();
    String unsigned =
        new TreeHead(TestKeys.ORIGIN, 12, root).text() + note.substring(note.indexOf("\n\n") + 1);
    writeJournal(new JournalRecord(11, 1, List.of(new byte[] {1}), unsigned));
    assertEquals(LogCode.SIGNATURE_INVALID, refusal(crashed).code());
  }

  private static TreeHead head(String note) {
    return TreeHead.parse(SignedNote.parse(note).text());
  }

  private void writeJournal(JournalRecord record) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(record.encodedLength());
    record.encode(bytes);
    Files.write(
        crashed.resolve(LogFiles.JOURNAL).resolve("%020d".formatted(record.firstIndex())),
        bytes.array());
  }

  @Test
  void aGapInTheJournalIsRefused() throws Exception {
    AuditLogConfig config =
        AuditLogConfig.of(live)
            .withPublishInterval(Duration.ofMinutes(1))
            .withBatch(5, 1 << 20)
            .withJournalRollBytes(20_000);
    try (AuditLog log = TestLog.open(config)) {
      TestLog.fill(log, 1);
      log.reader();
      TestLog.fill(log, 100);
      TestLog.copy(live, crashed);
    }
    List<Path> segments = TestLog.journal(crashed);
    assertTrue(segments.size() > 3, segments.toString());
    long missing = JournalReplay.firstIndex(segments.get(1)).orElseThrow();
    Files.delete(segments.get(1));
    AuditLogException refused = refusal(crashed);
    assertEquals(LogCode.JOURNAL_GAP, refused.code());
    assertEquals(missing, refused.firstBadIndex().orElseThrow());
  }

  @Test
  void aRemovedJournalIsNoticedByTheCheckpoint() throws Exception {
    TestLog.make(live, 300);
    try (AuditLog log = TestLog.open(live)) {
      TestLog.fill(log, 500);
      log.reader();
      TestLog.copy(live, crashed);
    }
    for (Path segment : TestLog.journal(crashed)) {
      Files.delete(segment);
    }
    AuditLogException refused = refusal(crashed);
    assertEquals(LogCode.LOG_ROLLED_BACK, refused.code());
    assertEquals(300, refused.firstBadIndex().orElseThrow());
  }

  @Test
  void damageAtTheRightEdgeIsRefused() throws Exception {
    TestLog.make(live, 300);
    Path tile = live.resolve("tile/0/001.p/44");
    byte[] whole = Files.readAllBytes(tile);
    byte[] damaged = whole.clone();
    damaged[5 * Hash.BYTES] ^= 1;
    Files.write(tile, damaged);
    AuditLogException refused = refusal(live);
    assertEquals(LogCode.ENTRY_MISMATCH, refused.code());
    assertEquals(261, refused.firstBadIndex().orElseThrow());
    Files.write(tile, whole);

    Path bundle = live.resolve("tile/entries/001.p/44");
    byte[] entries = Files.readAllBytes(bundle);
    Files.write(bundle, java.util.Arrays.copyOf(entries, entries.length - 1));
    refused = refusal(live);
    assertEquals(LogCode.BUNDLE_MALFORMED, refused.code());
    assertEquals(299, refused.firstBadIndex().orElseThrow());
    Files.write(bundle, entries);

    Path above = live.resolve("tile/1/000.p/1");
    byte[] root = Files.readAllBytes(above);
    root[0] ^= 1;
    Files.write(above, root);
    assertEquals(LogCode.ROOT_MISMATCH, refusal(live).code());
    Files.delete(above);
    assertEquals(LogCode.TILE_MISSING, refusal(live).code());
  }

  @Test
  void aLogWithoutItsRecordOfWhatIsSyncedIsRefused() throws Exception {
    TestLog.make(live, 3);
    Files.delete(live.resolve(LogFiles.SYNCED));
    assertEquals(LogCode.CHECKPOINT_MISSING, refusal(live).code());
  }

  @Test
  void aCheckpointOfAnotherTreeIsRefused() throws Exception {
    TestLog.make(live, 5);
    Path other = temp.resolve("other");
    try (AuditLog log = TestLog.open(other)) {
      log.submit(index -> new byte[] {1}).get();
      TestLog.fill(log, 5);
    }
    Files.copy(
        other.resolve(LogFiles.CHECKPOINT),
        live.resolve(LogFiles.CHECKPOINT),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertEquals(LogCode.LOG_FORKED, refusal(live).code());
  }

  @Test
  void aRestoreBelowTheRetainedCheckpointIsRefused() throws Exception {
    TestLog.make(live, 300);
    TestLog.copy(live, crashed);
    String retained;
    try (AuditLog log = TestLog.open(live)) {
      TestLog.fill(log, 310);
      retained = log.checkpoint().note();
    }
    AuditLogConfig restored = AuditLogConfig.of(crashed).withRetainedCheckpoint(retained);
    AuditLogException refused = refusal(restored);
    assertEquals(LogCode.LOG_ROLLED_BACK, refused.code());
    assertEquals(300, refused.firstBadIndex().orElseThrow());

    AuditLogConfig empty =
        AuditLogConfig.of(temp.resolve("empty")).withRetainedCheckpoint(retained);
    assertEquals(LogCode.LOG_ROLLED_BACK, refusal(empty).code());

    // Grown again from the restored state, it is long enough but another tree.
    try (AuditLog log = TestLog.open(crashed)) {
      log.submit(index -> new byte[] {1}).get();
      TestLog.fill(log, 400);
    }
    assertEquals(LogCode.LOG_FORKED, refusal(restored).code());
    TestLog.open(AuditLogConfig.of(live).withRetainedCheckpoint(retained)).close();
  }

  @Test
  void anAbsentLogIsNotMadeWhereThatIsNotAllowed() {
    assertEquals(LogCode.LOG_MISSING, refusal(AuditLogConfig.of(live).withMayCreate(false)).code());
  }

  @Test
  void aLogOfOtherKeysIsRefusedAndEarlierKeysOpenIt() throws Exception {
    TestLog.make(live, 20);
    LogKeys next = TestKeys.make(TestKeys.ORIGIN);
    AuditLogConfig config = AuditLogConfig.of(live);
    AuditLogException refused =
        assertThrows(
            AuditLogException.class, () -> AuditLog.open(config, next, TestKeys.CLOCK).close());
    assertEquals(LogCode.SIGNATURE_MISSING, refused.code());

    AuditLogConfig rotated = config.withEarlierKeys(TestKeys.KEYS.verifierKeys());
    try (AuditLog log = AuditLog.open(rotated, next, TestKeys.CLOCK)) {
      TestLog.fill(log, 21);
    }
    LogTrust both =
        LogTrust.of(
            TestKeys.ORIGIN,
            java.util.stream.Stream.concat(
                    TestKeys.KEYS.verifierKeys().stream(), next.verifierKeys().stream())
                .toList());
    assertInstanceOf(
        LogReport.Sound.class, LogVerifier.verify(live, both, List.of(), TestKeys.CLOCK));
    LogKeys otherOrigin = TestKeys.make("other.example/log");
    assertEquals(
        LogCode.ORIGIN_MISMATCH,
        assertThrows(
                AuditLogException.class,
                () -> AuditLog.open(config, otherOrigin, TestKeys.CLOCK).close())
            .code());
  }
}
