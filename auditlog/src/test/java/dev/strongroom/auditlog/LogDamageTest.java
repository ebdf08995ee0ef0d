package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is changed in a log's directory, verification names the first bad index. */
class LogDamageTest {
  private static final int SIZE = 3 * 256 + 40;

  @TempDir static Path folder;
  private static final List<String> NOTES = new ArrayList<>();

  @BeforeAll
  static void makeLog() throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      for (int size : new int[] {100, 256, 300, 520, 790, SIZE}) {
        TestLog.fill(log, size);
        log.reader(); // Publishes, so that partial tiles of this size exist.
        NOTES.add(log.checkpoint().note());
      }
    }
  }

  private static LogReport.Damaged damaged() {
    return assertInstanceOf(LogReport.Damaged.class, TestLog.verify(folder));
  }

  private static void requireFound(LogCode code, long index) {
    LogReport.Damaged found = damaged();
    assertEquals(code, found.code(), found.message());
    assertEquals(index, found.firstBadIndex().orElseThrow(), found.message());
  }

  @FunctionalInterface
  private interface Check {
    void run() throws Exception;
  }

  /** Changes a file, checks, and puts it back. */
  private static void with(String file, byte[] content, Check check) throws Exception {
    Path path = folder.resolve(file);
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, content);
    try {
      check.run();
    } finally {
      Files.write(path, whole);
    }
  }

  private static byte[] read(String file) throws IOException {
    return Files.readAllBytes(folder.resolve(file));
  }

  @Test
  void theUndamagedLogIsSoundWithEveryOlderCheckpoint() {
    LogReport.Sound sound =
        assertInstanceOf(
            LogReport.Sound.class,
            LogVerifier.verify(folder, TestKeys.TRUST, NOTES, TestKeys.CLOCK));
    assertEquals(SIZE, sound.checkpoint().size());
    assertEquals(NOTES.size(), sound.olderCheckpoints());
  }

  @Test
  void everyFlippedBitIsFoundWhereItIs() throws Exception {
    List<TilePath> paths = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.resolve("tile"))) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> paths.add(TilePath.parse(folder.relativize(file).toString())));
    }
    assertTrue(paths.stream().anyMatch(p -> p.level() == 1), paths.toString());
    long seed = 1234;
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      TilePath path = paths.get(random.nextInt(paths.size()));
      byte[] content = read(path.toString());
      int bit = random.nextInt(content.length * 8);
      long expected = affected(path, content, bit / 8);
      content[bit / 8] ^= (byte) (1 << bit % 8);
      String what = "seed " + seed + ", round " + round + ", " + path + " bit " + bit;
      with(
          path.toString(),
          content,
          () -> assertEquals(expected, damaged().firstBadIndex().orElseThrow(), what));
    }
  }

  private static long affected(TilePath path, byte[] content, int at) {
    if (path.level() != TilePath.ENTRIES) {
      long hash = path.n() * TilePath.FULL + at / Hash.BYTES;
      return hash << (TilePath.HEIGHT * path.level());
    }
    int end = 0;
    int entry = -1;
    while (end <= at) {
      end += 2 + ((content[end] & 0xff) << 8 | (content[end + 1] & 0xff));
      entry++;
    }
    return path.n() * TilePath.FULL + entry;
  }

  @Test
  void truncatedFilesAreFound() throws Exception {
    byte[] bundle = read("tile/entries/001");
    with(
        "tile/entries/001",
        Arrays.copyOf(bundle, bundle.length - 1),
        () -> requireFound(LogCode.BUNDLE_MALFORMED, 511));
    with("tile/entries/001", new byte[0], () -> requireFound(LogCode.BUNDLE_MALFORMED, 256));
    with(
        "tile/entries/001",
        Arrays.copyOf(bundle, bundle.length + 1),
        () -> requireFound(LogCode.BUNDLE_MALFORMED, 512));
    byte[] tile = read("tile/0/002");
    with(
        "tile/0/002",
        Arrays.copyOf(tile, 10 * Hash.BYTES + 3),
        () -> requireFound(LogCode.TILE_MALFORMED, 522));
  }

  @Test
  void missingFilesAreFound() throws Exception {
    for (var missing :
        List.of(
            List.of("tile/0/001", "tile-missing", "256"),
            List.of("tile/entries/002", "bundle-missing", "512"),
            List.of("tile/entries/003.p/40", "bundle-missing", "768"),
            List.of("tile/1/000.p/3", "tile-missing", "0"))) {
      Path path = folder.resolve(missing.get(0));
      byte[] whole = Files.readAllBytes(path);
      Files.delete(path);
      try {
        LogReport.Damaged found = damaged();
        assertEquals(missing.get(1), found.code().wireName());
        assertEquals(
            Long.parseLong(missing.get(2)), found.firstBadIndex().orElseThrow(), path.toString());
      } finally {
        Files.write(path, whole);
      }
    }
    Path checkpoint = folder.resolve(LogFiles.CHECKPOINT);
    byte[] note = Files.readAllBytes(checkpoint);
    Files.delete(checkpoint);
    assertEquals(LogCode.CHECKPOINT_MISSING, damaged().code());
    Files.write(checkpoint, note);
  }

  @Test
  void swappedLeavesAreFound() throws Exception {
    List<byte[]> leaves = EntryBundle.parse(read("tile/entries/001"), TilePath.FULL).leaves();
    List<byte[]> swapped = new ArrayList<>(leaves);
    swapped.set(20, leaves.get(30));
    swapped.set(30, leaves.get(20));
    with("tile/entries/001", bundle(swapped), () -> requireFound(LogCode.ENTRY_MISMATCH, 256 + 20));
  }

  private static byte[] bundle(List<byte[]> leaves) {
    java.io.ByteArrayOutputStream bundle = new java.io.ByteArrayOutputStream();
    leaves.forEach(leaf -> EntryBundle.append(bundle, leaf));
    return bundle.toByteArray();
  }

  /** An entry changed together with its tile: the hash one level up does not agree. */
  @Test
  void anEntryChangedWithItsTileIsFound() throws Exception {
    List<byte[]> leaves =
        new ArrayList<>(EntryBundle.parse(read("tile/entries/001"), TilePath.FULL).leaves());
    leaves.set(7, new byte[] {1, 2, 3});
    byte[] tile = read("tile/0/001");
    System.arraycopy(
        new TreeHasher().leaf(leaves.get(7)).raw(), 0, tile, 7 * Hash.BYTES, Hash.BYTES);
    with(
        "tile/entries/001",
        bundle(leaves),
        () -> with("tile/0/001", tile, () -> requireFound(LogCode.TILE_MISMATCH, 256)));
  }

  /** Changed all the way up: the root of the checkpoint does not agree, nor do older ones. */
  @Test
  void aRewrittenTreeIsFoundByTheCheckpoint() throws Exception {
    List<byte[]> leaves =
        new ArrayList<>(EntryBundle.parse(read("tile/entries/001"), TilePath.FULL).leaves());
    leaves.set(100, new byte[] {1, 2, 3});
    TreeHasher hasher = new TreeHasher();
    List<Hash> hashes = leaves.stream().map(hasher::leaf).toList();
    byte[] tile = read("tile/0/001");
    System.arraycopy(hashes.get(100).raw(), 0, tile, 100 * Hash.BYTES, Hash.BYTES);
    byte[] above = read("tile/1/000.p/3");
    System.arraycopy(hasher.root(hashes).raw(), 0, above, Hash.BYTES, Hash.BYTES);
    Path rewritten = Files.createTempDirectory("auditlog-rewritten");
    try {
      Path log = rewritten.resolve("log");
      TestLog.copy(folder, log);
      Files.write(log.resolve("tile/entries/001"), bundle(leaves));
      Files.write(log.resolve("tile/0/001"), tile);
      Files.write(log.resolve("tile/1/000.p/3"), above);
      LogReport.Damaged byOldTile = assertInstanceOf(LogReport.Damaged.class, TestLog.verify(log));
      assertEquals(LogCode.TILE_MISMATCH, byOldTile.code());
      assertEquals(256, byOldTile.firstBadIndex().orElseThrow());

      Files.delete(log.resolve("tile/1/000.p/1"));
      Files.delete(log.resolve("tile/1/000.p/2"));
      LogReport.Damaged byRoot = assertInstanceOf(LogReport.Damaged.class, TestLog.verify(log));
      assertEquals(LogCode.ROOT_MISMATCH, byRoot.code());
      assertEquals(0, byRoot.firstBadIndex().orElseThrow());

      LogReport.Damaged byOlder =
          assertInstanceOf(
              LogReport.Damaged.class,
              LogVerifier.verify(log, TestKeys.TRUST, NOTES, TestKeys.CLOCK));
      assertEquals(LogCode.LOG_FORKED, byOlder.code());
      assertEquals(300, byOlder.firstBadIndex().orElseThrow());
    } finally {
      TestLog.delete(rewritten);
    }
  }

  @Test
  void aWrongCheckpointIsFound() throws Exception {
    byte[] note = read(LogFiles.CHECKPOINT);
    String older = NOTES.get(3);
    with(
        LogFiles.CHECKPOINT,
        older.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        () -> {
          LogReport report = LogVerifier.verify(folder, TestKeys.TRUST, NOTES, TestKeys.CLOCK);
          LogReport.Damaged found = assertInstanceOf(LogReport.Damaged.class, report);
          assertEquals(LogCode.LOG_ROLLED_BACK, found.code());
          assertEquals(520, found.firstBadIndex().orElseThrow());
        });
    long seed = 77;
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      byte[] changed = note.clone();
      changed[random.nextInt(note.length)] ^= (byte) (1 << random.nextInt(7));
      with(
          LogFiles.CHECKPOINT,
          changed,
          () -> assertInstanceOf(LogReport.Damaged.class, TestLog.verify(folder)));
    }
  }

  @Test
  void aCheckpointBeyondTheTilesIsFound() throws Exception {
    Path longer = Files.createTempDirectory("auditlog-longer");
    try {
      TestLog.copy(folder, longer.resolve("log"));
      try (AuditLog log = TestLog.open(longer.resolve("log"))) {
        TestLog.fill(log, SIZE + 3);
      }
      byte[] note = Files.readAllBytes(longer.resolve("log").resolve(LogFiles.CHECKPOINT));
      with(LogFiles.CHECKPOINT, note, () -> requireFound(LogCode.TILE_MISSING, 768));
    } finally {
      TestLog.delete(longer);
    }
  }

  @Test
  void damageToAJournalBeyondTheCheckpointIsFound() throws Exception {
    Path copy = Files.createTempDirectory("auditlog-journal");
    try {
      AuditLogConfig config =
          AuditLogConfig.of(copy.resolve("live"))
              .withPublishInterval(java.time.Duration.ofMinutes(1))
              .withBatch(10, 1 << 20);
      try (AuditLog log = TestLog.open(config)) {
        TestLog.fill(log, 1);
        log.reader();
        TestLog.fill(log, 101);
        TestLog.copy(copy.resolve("live"), copy.resolve("crashed"));
      }
      Path segment = TestLog.journal(copy.resolve("crashed")).getLast();
      byte[] whole = Files.readAllBytes(segment);
      whole[whole.length / 2] ^= 1;
      Files.write(segment, whole, StandardOpenOption.TRUNCATE_EXISTING);
      LogReport.Damaged found =
          assertInstanceOf(LogReport.Damaged.class, TestLog.verify(copy.resolve("crashed")));
      assertEquals(LogCode.JOURNAL_CORRUPT, found.code());
      long index = found.firstBadIndex().orElseThrow();
      assertTrue(index >= 41 && index <= 61, "index " + index);
    } finally {
      TestLog.delete(copy);
    }
  }
}
