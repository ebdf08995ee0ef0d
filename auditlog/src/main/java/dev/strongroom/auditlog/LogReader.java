package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Reads a log's directory as of one checkpoint, which never changes under the reader: a live log, a
 * copy, or one that was closed. It takes no lock. It may be used by several threads.
 *
 * <p>Entries are compared with the hashes in their tile as they are read. Whether the tiles lead to
 * the root is {@link LogVerifier}'s question, or that of {@link #forEachProvenEntry} and {@link
 * #provenEntry}.
 */
public final class LogReader {
  /** Takes entries in order. */
  @FunctionalInterface
  public interface EntryVisitor {
    /** Takes one entry; the visitor may keep the leaf. */
    void visit(long index, byte[] leaf);
  }

  private final TileStore store;
  private final Checkpoint checkpoint;

  LogReader(Path directory, Checkpoint checkpoint) {
    this.store = new TileStore(directory);
    this.checkpoint = checkpoint;
  }

  /**
   * Reads and verifies the checkpoint of a directory.
   *
   * @throws AuditLogException {@code checkpoint-missing}, {@code log-io-failed}, or any code of
   *     {@link Checkpoint#verify(byte[], LogTrust, java.time.Instant)}
   */
  public static LogReader open(Path directory, LogTrust trust, InstantSource clock) {
    return reading(() -> {
      byte[] note =
          LogFiles.read(directory.resolve(LogFiles.CHECKPOINT), 4 * SignedNote.MAX_CHARS)
              .orElseThrow(() ->
                  new AuditLogException(
                      LogCode.CHECKPOINT_MISSING,
                      directory + " has no checkpoint; is it the directory of a log?"));
      return new LogReader(directory, Checkpoint.verify(note, trust, clock.instant()));
    });
  }

  /** Reads a directory as of a checkpoint that was verified already and need not stand in it. */
  public static LogReader at(Path directory, Checkpoint checkpoint) {
    return new LogReader(directory, checkpoint);
  }

  /**
   * Requires that the log at this checkpoint continues the log at an earlier one. What is read is
   * proved against the two signed roots, so that tiles that disagree with them help nobody.
   *
   * @throws AuditLogException {@code log-rolled-back} when this checkpoint is the smaller one,
   *     {@code log-forked} when the older tree is not the beginning of this one, {@code
   *     tile-missing}, {@code tile-malformed}, {@code log-io-failed}
   */
  public void requireContinues(Checkpoint older) {
    if (older.size() > size()) {
      throw new AuditLogException(
          LogCode.LOG_ROLLED_BACK,
          size(),
          "a checkpoint of size "
              + older.size()
              + " is known, but the log now says that it has "
              + size()
              + " entries; keep both checkpoints and ask who runs it");
    }
    if (older.size() == 0) {
      return;
    }
    List<Hash> proof = consistencyProof(older.size(), size());
    try {
      MerkleProofs.verifyConsistency(older.size(), older.root(), size(), checkpoint.root(), proof);
    } catch (AuditLogException e) {
      throw new AuditLogException(
          LogCode.LOG_FORKED,
          "the log of size "
              + size()
              + " does not continue the checkpoint of size "
              + older.size()
              + "; keep both checkpoints and ask who runs it",
          e);
    }
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  public long size() {
    return checkpoint.size();
  }

  /**
   * Visits the entries from an index to the end, in order.
   *
   * @throws AuditLogException {@code index-out-of-range}, or naming the first bad index: {@code
   *     bundle-missing}, {@code bundle-malformed}, {@code tile-missing}, {@code tile-malformed},
   *     {@code entry-mismatch}, {@code log-io-failed}
   */
  public void forEachEntry(long fromIndex, EntryVisitor visitor) {
    forEachBundle(fromIndex, visitor, this::bundle);
  }

  /**
   * Visits the entries from an index to the end, in order, those of a bundle once it has been
   * proved that they lead to the signed root.
   *
   * @throws AuditLogException as {@link #forEachEntry}, and {@code root-mismatch} with the first
   *     index of the bundle
   */
  public void forEachProvenEntry(long fromIndex, EntryVisitor visitor) {
    forEachBundle(fromIndex, visitor, this::provenBundle);
  }

  private void forEachBundle(
      long fromIndex, EntryVisitor visitor, LongFunction<List<byte[]>> bundles) {
    requireRange(fromIndex, 0, size());
    long at = fromIndex;
    while (at < size()) {
      long first = at - at % TilePath.FULL;
      List<byte[]> leaves = bundles.apply(at / TilePath.FULL);
      for (int i = (int) (at - first); i < leaves.size(); i++) {
        visitor.visit(first + i, leaves.get(i));
      }
      at = first + leaves.size();
    }
  }

  /**
   * One entry.
   *
   * @throws AuditLogException as {@link #forEachEntry}
   */
  public byte[] entry(long index) {
    requireRange(index, 0, size() - 1);
    return bundle(index / TilePath.FULL).get((int) (index % TilePath.FULL));
  }

  /**
   * One entry, proved to lead to the signed root.
   *
   * @throws AuditLogException as {@link #forEachProvenEntry}
   */
  public byte[] provenEntry(long index) {
    requireRange(index, 0, size() - 1);
    return provenBundle(index / TilePath.FULL).get((int) (index % TilePath.FULL));
  }

  private List<byte[]> provenBundle(long n) {
    List<byte[]> leaves = bundle(n);
    return reading(() -> {
      new BundleProof(store, checkpoint).require(n * TilePath.FULL, leaves);
      return leaves;
    });
  }

  private List<byte[]> bundle(long n) {
    return reading(() -> {
      int width = (int) Math.min(TilePath.FULL, size() - n * TilePath.FULL);
      byte[] tile = store.requireTile(new TilePath(0, n, width));
      return store.requireEntries(TilePath.entries(n, width), tile, new TreeHasher());
    });
  }

  /**
   * The receipt of an entry against this reader's checkpoint.
   *
   * @throws AuditLogException as {@link #forEachEntry}
   */
  public Receipt receiptFor(long index) {
    byte[] leaf = entry(index);
    List<Hash> proof = reading(() -> inclusion(index, 0, size(), new TreeHasher()));
    return new Receipt(index, leaf, proof, checkpoint.note());
  }

  /** PATH(m, D[low:high)) of RFC 6962, section 2.1.1, from the leaf upwards. */
  private List<Hash> inclusion(long index, long low, long high, TreeHasher hasher)
      throws IOException {
    if (high - low == 1) {
      return new ArrayList<>();
    }
    long middle = low + largestPowerBelow(high - low);
    boolean left = index < middle;
    List<Hash> path =
        left ? inclusion(index, low, middle, hasher) : inclusion(index, middle, high, hasher);
    path.add(
        left
            ? store.range(middle, high, size(), hasher)
            : store.range(low, middle, size(), hasher));
    return path;
  }

  /**
   * The root that the log had at a size.
   *
   * @throws AuditLogException {@code index-out-of-range}, {@code tile-missing}, {@code
   *     tile-malformed}, {@code log-io-failed}
   */
  public Hash rootAt(long size) {
    requireRange(size, 0, size());
    return reading(() -> store.range(0, size, size(), new TreeHasher()));
  }

  /**
   * Proves that the log at the older size is a prefix of the log at the newer.
   *
   * @param oldSize from 0 to {@code newSize}
   * @param newSize up to {@link #size()}
   * @throws AuditLogException as {@link #rootAt}
   */
  public List<Hash> consistencyProof(long oldSize, long newSize) {
    requireRange(newSize, 0, size());
    requireRange(oldSize, 0, newSize);
    return oldSize == 0 || oldSize == newSize
        ? List.of()
        : reading(() -> consistency(oldSize, 0, newSize, true, new TreeHasher()));
  }

  /** SUBPROOF(m, D[low:high), b) of RFC 6962, section 2.1.2; m counts from low. */
  private List<Hash> consistency(long old, long low, long high, boolean known, TreeHasher hasher)
      throws IOException {
    if (old == high - low) {
      List<Hash> proof = new ArrayList<>();
      if (!known) {
        proof.add(store.range(low, high, size(), hasher));
      }
      return proof;
    }
    long half = largestPowerBelow(high - low);
    long middle = low + half;
    List<Hash> proof =
        old <= half
            ? consistency(old, low, middle, known, hasher)
            : consistency(old - half, middle, high, false, hasher);
    proof.add(
        old <= half
            ? store.range(middle, high, size(), hasher)
            : store.range(low, middle, size(), hasher));
    return proof;
  }

  private static long largestPowerBelow(long length) {
    return Long.highestOneBit(length - 1);
  }

  private static void requireRange(long value, long least, long most) {
    if (value < least || value > most) {
      throw new AuditLogException(
          LogCode.INDEX_OUT_OF_RANGE,
          value + " is outside the log: it must be from " + least + " to " + most);
    }
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T reading(Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException failed) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED, "the log cannot be read: " + failed.getMessage(), failed);
    }
  }
}
