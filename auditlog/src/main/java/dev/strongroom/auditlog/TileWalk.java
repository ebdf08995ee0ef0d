package dev.strongroom.auditlog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Walks through a log one bundle after another and compares each with its tile, each full tile with
 * the hash above it, and what is left of partial tiles with the tile they grew into.
 */
final class TileWalk {
  private final Path root;
  private final TileStore store;
  private final long size;
  private final TreeHasher hasher = new TreeHasher();
  private final List<byte[]> above = new ArrayList<>();
  private long n;

  TileWalk(Path root, long size) {
    this.root = root;
    this.store = new TileStore(root);
    this.size = size;
  }

  /** The hashes of the next up to 256 entries; each is the hash of its entry. */
  List<Hash> next() throws IOException {
    int width = width(0, n);
    TilePath path = new TilePath(0, n, width);
    byte[] tile = store.requireTile(path);
    TilePath entries = TilePath.entries(n, width);
    List<byte[]> leaves = store.requireEntries(entries, tile, hasher);
    List<Hash> hashes = new ArrayList<>(width);
    for (int i = 0; i < width; i++) {
      hashes.add(Hash.at(tile, i * Hash.BYTES));
    }
    requirePrefixes(path, tile);
    requireBundlePrefixes(entries, leaves);
    if (width == TilePath.FULL) {
      requireAbove(1, n, hasher.root(hashes));
    }
    n++;
    return hashes;
  }

  private int width(int level, long position) {
    long hashes = size >> (TilePath.HEIGHT * level);
    return (int) Math.min(TilePath.FULL, hashes - position * TilePath.FULL);
  }

  /** Compares the root of a full tile with the hash that stands for it one level up. */
  private void requireAbove(int level, long position, Hash root) throws IOException {
    TilePath path =
        new TilePath(level, position / TilePath.FULL, width(level, position / TilePath.FULL));
    int within = (int) (position % TilePath.FULL);
    if (within == 0) {
      load(level, path);
    }
    byte[] tile = above.get(level - 1);
    if (!Hash.at(tile, within * Hash.BYTES).equals(root)) {
      throw new AuditLogException(
          LogCode.TILE_MISMATCH,
          position << (TilePath.HEIGHT * level),
          path
              + " does not hold the root of the full tile below it: one of the two was changed, or"
              + " an entry together with its tile");
    }
    if (within == TilePath.FULL - 1) {
      requireAbove(level + 1, path.n(), rootOf(tile));
    }
  }

  private void load(int level, TilePath path) throws IOException {
    byte[] tile = store.requireTile(path);
    requirePrefixes(path, tile);
    while (above.size() < level) {
      above.add(tile);
    }
    above.set(level - 1, tile);
  }

  private Hash rootOf(byte[] tile) {
    List<Hash> hashes = new ArrayList<>(TilePath.FULL);
    for (int i = 0; i < TilePath.FULL; i++) {
      hashes.add(Hash.at(tile, i * Hash.BYTES));
    }
    return hasher.root(hashes);
  }

  /** Older partial tiles that are still there must be the beginning of the tile. */
  private void requirePrefixes(TilePath path, byte[] tile) throws IOException {
    for (int width : store.partialWidths(path, path.width())) {
      TilePath partial = new TilePath(path.level(), path.n(), width);
      Optional<byte[]> found =
          LogFiles.read(root.resolve(partial.toString()), TilePath.FULL * Hash.BYTES);
      byte[] expected = Arrays.copyOf(tile, width * Hash.BYTES);
      int same = found.isEmpty() ? -1 : Arrays.mismatch(found.get(), expected);
      if (same >= 0) {
        long hash = Math.min(same / Hash.BYTES, width - 1);
        throw new AuditLogException(
            LogCode.TILE_MISMATCH,
            (path.n() * TilePath.FULL + hash) << (TilePath.HEIGHT * path.level()),
            partial + " is not the beginning of " + path);
      }
    }
  }

  private void requireBundlePrefixes(TilePath path, List<byte[]> leaves) throws IOException {
    for (int width : store.partialWidths(path, path.width())) {
      TilePath partial = TilePath.entries(path.n(), width);
      Optional<byte[]> found =
          LogFiles.read(root.resolve(partial.toString()), EntryBundle.MAX_BYTES);
      if (found.isPresent()) {
        requireBundlePrefix(partial, found.get(), leaves);
      }
    }
  }

  private static void requireBundlePrefix(TilePath partial, byte[] found, List<byte[]> leaves) {
    int start = 0;
    for (int i = 0; i < partial.width(); i++) {
      ByteArrayOutputStream entry = new ByteArrayOutputStream();
      EntryBundle.append(entry, leaves.get(i));
      int end = start + entry.size();
      boolean same =
          end <= found.length
              && Arrays.equals(entry.toByteArray(), Arrays.copyOfRange(found, start, end));
      if (!same) {
        throw notABeginning(partial, i);
      }
      start = end;
    }
    if (start != found.length) {
      throw notABeginning(partial, partial.width());
    }
  }

  private static AuditLogException notABeginning(TilePath partial, int position) {
    return new AuditLogException(
        LogCode.ENTRY_MISMATCH,
        partial.n() * TilePath.FULL + position,
        partial + " is not the beginning of the bundle that it grew into");
  }
}
