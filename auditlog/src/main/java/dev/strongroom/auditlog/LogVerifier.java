package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * Verifies a log's directory offline: every entry, every tile, the checkpoint's signatures, its
 * consistency with checkpoints kept elsewhere, and the journal beyond it. It takes no lock, writes
 * nothing and may run on a live log: it looks at the log as of the checkpoint that it reads first.
 * Memory does not grow with the log.
 */
public final class LogVerifier {
  private static final int LOOKS_AT_JOURNAL = 3;

  private final Path directory;
  private final LogTrust trust;
  private final InstantSource clock;
  private final List<Checkpoint> older = new ArrayList<>();
  private final TreeHasher hasher = new TreeHasher();

  private LogVerifier(Path directory, LogTrust trust, InstantSource clock) {
    this.directory = directory;
    this.trust = trust;
    this.clock = clock;
  }

  /**
   * Verifies a directory.
   *
   * @param olderCheckpoints signed notes that the log issued and somebody kept, in any order; this
   *     is what reveals a log that was rewritten by who holds its keys
   * @param clock the time, for keys with a period of validity whose signatures carry none
   */
  public static LogReport verify(
      Path directory, LogTrust trust, List<String> olderCheckpoints, InstantSource clock) {
    try {
      return new LogVerifier(directory, trust, clock).run(olderCheckpoints);
    } catch (AuditLogException found) {
      return new LogReport.Damaged(
          found.code(), found.firstBadIndex(), String.valueOf(found.getMessage()));
    } catch (IOException failed) {
      return new LogReport.Damaged(
          LogCode.LOG_IO_FAILED,
          OptionalLong.empty(),
          "the log cannot be read: " + failed.getMessage());
    }
  }

  private LogReport run(List<String> olderCheckpoints) throws IOException {
    Checkpoint checkpoint = readCheckpoint();
    for (String note : olderCheckpoints) {
      older.add(CheckpointVerifier.verifyPast(SignedNote.parse(note), trust, now()));
    }
    older.sort(Comparator.comparingLong(Checkpoint::size));
    Frontier frontier = verifyTree(checkpoint);
    long journalEntries = verifyJournal(checkpoint, frontier);
    requireNoneNewer(checkpoint.size() + journalEntries);
    return new LogReport.Sound(checkpoint, journalEntries, older.size());
  }

  private Instant now() {
    return clock.instant();
  }

  private Checkpoint readCheckpoint() throws IOException {
    byte[] note =
        LogFiles.read(directory.resolve(LogFiles.CHECKPOINT), 4 * SignedNote.MAX_CHARS)
            .orElseThrow(() ->
                new AuditLogException(
                    LogCode.CHECKPOINT_MISSING,
                    directory + " has no checkpoint; is it the directory of a log?"));
    return CheckpointVerifier.verifyPast(SignedNote.parse(note), trust, now());
  }

  private Frontier verifyTree(Checkpoint checkpoint) throws IOException {
    TileWalk walk = new TileWalk(directory, checkpoint.size());
    Frontier frontier = Frontier.EMPTY;
    long believed = verifyOlder(frontier, List.of(), 0);
    while (frontier.size() < checkpoint.size()) {
      List<Hash> hashes = walk.next();
      believed = verifyOlder(frontier, hashes, believed);
      frontier = new BatchTree(frontier, hashes, hasher).frontier();
    }
    if (!frontier.root(hasher).equals(checkpoint.root())) {
      throw new AuditLogException(
          LogCode.ROOT_MISMATCH,
          believed,
          "entries and tiles agree with each other but do not lead to the root of the checkpoint:"
              + " an entry from this index on was changed together with its tiles, or the"
              + " checkpoint is of another tree");
    }
    return frontier;
  }

  /**
   * Compares the roots of the older checkpoints that end within these leaves.
   *
   * @return the size up to which an older checkpoint vouches for the log
   */
  private long verifyOlder(Frontier frontier, List<Hash> hashes, long believed) {
    long vouched = believed;
    long end = frontier.size() + hashes.size();
    for (Checkpoint known : older) {
      long size = known.size();
      boolean within = (size > frontier.size() && size <= end) || (size == 0 && end == 0);
      if (within) {
        List<Hash> upTo = hashes.subList(0, (int) (size - frontier.size()));
        if (!new BatchTree(frontier, upTo, hasher).root().equals(known.root())) {
          throw new AuditLogException(
              LogCode.LOG_FORKED,
              vouched,
              "the log is not a continuation of the checkpoint of size "
                  + size
                  + " that was kept: an entry from this index on was changed");
        }
        vouched = size;
      }
    }
    return vouched;
  }

  private void requireNoneNewer(long size) {
    for (Checkpoint known : older) {
      if (known.size() > size) {
        throw new AuditLogException(
            LogCode.LOG_ROLLED_BACK,
            size,
            "a checkpoint of size "
                + known.size()
                + " was kept, but the log has only "
                + size
                + " entries");
      }
    }
  }

  /** Follows what a log that was not closed has beyond its published checkpoint. */
  private long verifyJournal(Checkpoint checkpoint, Frontier frontier) throws IOException {
    for (int look = 1; ; look++) {
      try {
        return followJournal(checkpoint, frontier);
      } catch (AuditLogException | NoSuchFileException found) {
        if (readCheckpoint().size() > checkpoint.size()) {
          return 0; // A live log went on meanwhile and removed what its tiles hold by now.
        }
        // It may also have removed a segment whose entries this checkpoint has: one look more finds
        // the journal without it.
        if (!(found instanceof NoSuchFileException) || look == LOOKS_AT_JOURNAL) {
          throw found;
        }
      }
    }
  }

  private long followJournal(Checkpoint checkpoint, Frontier frontier) throws IOException {
    JournalChain chain = new JournalChain(trust.origin(), frontier);
    List<String> lastNote = new ArrayList<>();
    JournalReplay.run(
        directory.resolve(LogFiles.JOURNAL),
        checkpoint.size(),
        record -> {
          if (record.endIndex() > checkpoint.size()) {
            Frontier before = chain.frontier();
            verifyOlder(before, chain.follow(record), checkpoint.size());
            lastNote.clear();
            lastNote.add(record.note());
          }
        });
    for (String note : lastNote) {
      CheckpointVerifier.verifyPast(SignedNote.parse(note), trust, now());
    }
    return chain.size() - checkpoint.size();
  }
}
