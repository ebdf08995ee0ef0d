package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings the directory to a known state when the log is opened: tiles as far as they were synced,
 * then the journal. Refuses whatever does not hold together.
 */
final class LogRecovery {
  private static final int MAX_NOTE_BYTES = 4 * SignedNote.MAX_CHARS;

  private final LogFiles files;
  private final AuditLogConfig config;
  private final CheckpointIssuer issuer;
  private final LogTrust trust;
  private final InstantSource clock;

  LogRecovery(LogFiles files, AuditLogConfig config, LogKeys keys, InstantSource clock) {
    this.files = files;
    this.config = config;
    this.issuer = new CheckpointIssuer(keys, clock);
    this.clock = clock;
    List<VerifierKey> known = new ArrayList<>(keys.verifierKeys());
    known.addAll(config.earlierKeys());
    this.trust = LogTrust.of(keys.origin(), known);
  }

  /**
   * The state from which the log goes on.
   *
   * @param replayed how many entries came from the journal
   * @param tornBytes how many bytes of an unacknowledged last batch were dropped
   * @param repaired how many partial tiles and bundles of earlier sizes were written again
   */
  record Recovered(
      TileBuilder tiles, Checkpoint checkpoint, long replayed, long tornBytes, int repaired) {}

  Recovered run() throws IOException, GeneralSecurityException {
    if (isNew()) {
      create();
    }
    Checkpoint synced =
        note(LogFiles.SYNCED)
            .orElseThrow(() ->
                new AuditLogException(
                    LogCode.CHECKPOINT_MISSING,
                    files.path(LogFiles.SYNCED)
                        + " is missing from a log that is not empty; restore the log"));
    TileBuilder tiles = TileBuilder.load(files, synced.head());
    Replay replay = new Replay(tiles, synced);
    long torn = JournalReplay.run(files.journal(), synced.size(), replay);
    Checkpoint last = replay.finish();
    tiles.writePartials();
    LogReader reader = new LogReader(files.root(), last);
    requireCovers(reader, published(), synced.size());
    requireRetained(reader);
    int repaired = tiles.repairEarlierPartials();
    Publisher.syncAndRecord(files, tiles, last);
    removeSegments(files);
    return new Recovered(tiles, last, last.size() - synced.size(), torn, repaired);
  }

  private boolean isNew() throws IOException {
    return files.read(LogFiles.SYNCED, MAX_NOTE_BYTES).isEmpty()
        && files.read(LogFiles.CHECKPOINT, MAX_NOTE_BYTES).isEmpty()
        && LogFiles.list(files.path(LogFiles.TILE)).isEmpty()
        && LogFiles.list(files.journal()).isEmpty();
  }

  private void create() throws IOException, GeneralSecurityException {
    if (!config.mayCreate()) {
      throw new AuditLogException(
          LogCode.LOG_MISSING,
          files.root() + " holds no log and none may be created; restore it or allow creation");
    }
    requireRetainedIsEmpty();
    TreeHead empty = new TreeHead(trust.origin(), 0, TreeHasher.EMPTY_ROOT);
    files.writeSynced(LogFiles.SYNCED, issuer.issue(empty).note());
  }

  private void requireRetainedIsEmpty() {
    Optional<Checkpoint> retained = retained();
    if (retained.isPresent() && retained.get().size() > 0) {
      throw rolledBack(retained.get(), 0);
    }
  }

  private Optional<Checkpoint> retained() {
    return config.retainedCheckpoint().map(n -> Checkpoint.verify(n, trust, clock.instant()));
  }

  private Optional<Checkpoint> note(String name) throws IOException {
    return files
        .read(name, MAX_NOTE_BYTES)
        .map(note -> Checkpoint.verify(note, trust, clock.instant()));
  }

  /**
   * The published checkpoint. An empty file is what a power cut may leave of a rename that was not
   * yet on the disk; it says nothing, and the journal says it all.
   */
  private Optional<Checkpoint> published() throws IOException {
    return files
        .read(LogFiles.CHECKPOINT, MAX_NOTE_BYTES)
        .filter(note -> note.length > 0)
        .map(note -> Checkpoint.verify(note, trust, clock.instant()));
  }

  private void requireCovers(LogReader reader, Optional<Checkpoint> earlier, long syncedSize) {
    if (earlier.isEmpty()) {
      return;
    }
    Checkpoint known = earlier.get();
    if (known.size() > reader.size()) {
      throw rolledBack(known, reader.size());
    }
    if (!reader.rootAt(known.size()).equals(known.root())) {
      throw new AuditLogException(
          LogCode.LOG_FORKED,
          Math.min(syncedSize, known.size()),
          "the log does not contain the tree of the checkpoint of size "
              + known.size()
              + "; one of them was changed: verify a copy and restore it");
    }
  }

  private void requireRetained(LogReader reader) {
    requireCovers(reader, retained(), 0);
  }

  private static AuditLogException rolledBack(Checkpoint known, long size) {
    return new AuditLogException(
        LogCode.LOG_ROLLED_BACK,
        size,
        "a checkpoint of size "
            + known.size()
            + " is known but the log has only "
            + size
            + " entries; restore the newer state, or begin a log of another origin");
  }

  /** Everything is in synced tiles now; the next segment starts at the present size. */
  static void removeSegments(LogFiles files) throws IOException {
    for (Path segment : JournalReplay.segments(files.journal())) {
      Files.delete(segment);
    }
  }

  /** Appends the records beyond the synced tiles, and checks that each leads to its root. */
  private final class Replay implements JournalReplay.RecordVisitor {
    private final TileBuilder tiles;
    private final Checkpoint synced;
    private final JournalChain chain;
    private Optional<JournalRecord> last = Optional.empty();

    Replay(TileBuilder tiles, Checkpoint synced) {
      this.tiles = tiles;
      this.synced = synced;
      this.chain = new JournalChain(trust.origin(), tiles.frontier());
    }

    @Override
    public void visit(JournalRecord record) throws IOException {
      if (record.endIndex() <= synced.size()) {
        return;
      }
      List<Hash> hashes = chain.follow(record);
      for (int i = 0; i < hashes.size(); i++) {
        tiles.append(record.leaves().get(i), hashes.get(i));
      }
      last = Optional.of(record);
    }

    /** The last checkpoint, its signatures verified: it covers everything before it. */
    Checkpoint finish() {
      return last.map(record -> Checkpoint.verify(record.note(), trust, clock.instant()))
          .orElse(synced);
    }
  }
}
