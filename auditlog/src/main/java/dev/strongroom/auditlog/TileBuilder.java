package dev.strongroom.auditlog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the tiles and bundles of a growing log. It keeps only the tiles still open at the right
 * edge, one for each level, and the open bundle.
 */
final class TileBuilder {
  private final LogFiles files;
  private final TileStore store;
  private final TreeHasher hasher = new TreeHasher();
  private final List<OpenTile> levels = new ArrayList<>();
  private final ByteArrayOutputStream bundle = new ByteArrayOutputStream();
  private long size;

  private final Set<Path> unsynced = new LinkedHashSet<>();
  private final Map<String, Path> partials = new LinkedHashMap<>();
  private final Set<String> superseded = new LinkedHashSet<>();
  private long partialBytes;

  private static final class OpenTile {
    private final byte[] hashes = new byte[TilePath.FULL * Hash.BYTES];
    private int count;
    private long n;
    private boolean changed = true;

    void add(Hash hash) {
      System.arraycopy(hash.raw(), 0, hashes, count * Hash.BYTES, Hash.BYTES);
      count++;
      changed = true;
    }

    List<Hash> asList() {
      List<Hash> list = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        list.add(Hash.at(hashes, i * Hash.BYTES));
      }
      return list;
    }

    void clear() {
      count = 0;
      n++;
    }
  }

  private TileBuilder(LogFiles files) {
    this.files = files;
    this.store = new TileStore(files.root());
  }

  /**
   * Loads the right edge of the tree of a checkpoint and checks that it leads to its root.
   *
   * @throws AuditLogException naming the first bad index
   */
  static TileBuilder load(LogFiles files, TreeHead head) throws IOException {
    TileBuilder builder = new TileBuilder(files);
    builder.size = head.size();
    for (int level = 0; head.size() >> (TilePath.HEIGHT * level) > 0; level++) {
      long hashes = head.size() >> (TilePath.HEIGHT * level);
      OpenTile tile = builder.level(level);
      tile.n = hashes / TilePath.FULL;
      int count = (int) (hashes % TilePath.FULL);
      if (count > 0) {
        byte[] content = builder.store.requireTile(new TilePath(level, tile.n, count));
        System.arraycopy(content, 0, tile.hashes, 0, content.length);
        tile.count = count;
      }
      // What was just read is the file as it would be written.
      tile.changed = false;
    }
    builder.loadBundle();
    Frontier frontier = builder.frontier();
    if (!frontier.root(builder.hasher).equals(head.root())) {
      throw new AuditLogException(
          LogCode.ROOT_MISMATCH,
          builder.levels.isEmpty() ? 0 : builder.levels.getFirst().n * TilePath.FULL,
          "the tiles do not lead to the root of the checkpoint; verify a copy of the log and"
              + " restore it");
    }
    return builder;
  }

  private void loadBundle() throws IOException {
    if (levels.isEmpty() || levels.getFirst().count == 0) {
      return;
    }
    OpenTile leaves = levels.getFirst();
    TilePath path = TilePath.entries(leaves.n, leaves.count);
    store.requireEntries(path, leaves.hashes, hasher).forEach(this::addToBundle);
  }

  private OpenTile level(int level) {
    while (levels.size() <= level) {
      levels.add(new OpenTile());
    }
    return levels.get(level);
  }

  long size() {
    return size;
  }

  /** The frontier at the current size. */
  Frontier frontier() {
    @Nullable Hash[] byLevel = new Hash[levels.size() * TilePath.HEIGHT];
    for (int level = 0; level < levels.size(); level++) {
      List<Hash> hashes = levels.get(level).asList();
      Frontier within = new BatchTree(Frontier.EMPTY, hashes, hasher).frontier();
      for (int bit = 0; bit < TilePath.HEIGHT; bit++) {
        if ((hashes.size() >> bit & 1) == 1) {
          byLevel[level * TilePath.HEIGHT + bit] = within.node(bit);
        }
      }
    }
    return new Frontier(size, byLevel);
  }

  void append(byte[] leaf, Hash leafHash) throws IOException {
    addToBundle(leaf);
    size++;
    OpenTile leaves = level(0);
    leaves.add(leafHash);
    if (leaves.count == TilePath.FULL) {
      writeFull(TilePath.entries(leaves.n, TilePath.FULL), bundle.toByteArray());
      bundle.reset();
      closeTile(0);
    }
  }

  private void addToBundle(byte[] leaf) {
    EntryBundle.append(bundle, leaf);
  }

  private void closeTile(int level) throws IOException {
    OpenTile tile = levels.get(level);
    writeFull(new TilePath(level, tile.n, TilePath.FULL), tile.hashes);
    Hash root = hasher.root(tile.asList());
    tile.clear();
    OpenTile above = level(level + 1);
    above.add(root);
    if (above.count == TilePath.FULL) {
      closeTile(level + 1);
    }
  }

  private void writeFull(TilePath path, byte[] content) throws IOException {
    unsynced.add(files.write(path.toString(), content, content.length));
    superseded.add(path.partialFolder());
    partials.remove(path.partialFolder());
  }

  /** Writes the open tiles as partial tiles: after this, the tree of the current size is whole. */
  void writePartials() throws IOException {
    for (int level = 0; level < levels.size(); level++) {
      OpenTile tile = levels.get(level);
      if (tile.count == 0 || !tile.changed) {
        continue;
      }
      if (level == 0) {
        writePartial(TilePath.entries(tile.n, tile.count), bundle.toByteArray(), bundle.size());
      }
      writePartial(new TilePath(level, tile.n, tile.count), tile.hashes, tile.count * Hash.BYTES);
      tile.changed = false;
    }
  }

  private void writePartial(TilePath path, byte[] content, int length) throws IOException {
    partials.put(path.partialFolder(), files.write(path.toString(), content, length));
    partialBytes += length;
  }

  /**
   * Writes those partial tiles of earlier sizes at the right edge again that a power cut left
   * unfinished. All are compared before the first is written.
   *
   * @return how many were written
   * @throws AuditLogException as {@link EarlierPartials#compare}
   */
  int repairEarlierPartials() throws IOException {
    EarlierPartials earlier = new EarlierPartials(files);
    for (int level = 0; level < levels.size(); level++) {
      OpenTile tile = levels.get(level);
      TilePath hashes = new TilePath(level, tile.n, TilePath.FULL);
      for (int width : store.partialWidths(hashes, tile.count)) {
        earlier.compare(
            new TilePath(level, tile.n, width), Arrays.copyOf(tile.hashes, width * Hash.BYTES));
      }
    }
    if (!levels.isEmpty()) {
      compareEarlierBundles(levels.getFirst(), earlier);
    }
    for (Map.Entry<TilePath, byte[]> each : earlier.torn().entrySet()) {
      byte[] content = each.getValue();
      unsynced.add(files.write(each.getKey().toString(), content, content.length));
    }
    return earlier.torn().size();
  }

  private void compareEarlierBundles(OpenTile leaves, EarlierPartials earlier) throws IOException {
    byte[] whole = bundle.toByteArray();
    TilePath entries = TilePath.entries(leaves.n, TilePath.FULL);
    for (int width : store.partialWidths(entries, leaves.count)) {
      earlier.compare(
          TilePath.entries(leaves.n, width),
          Arrays.copyOf(whole, EntryBundle.lengthOf(whole, width)));
    }
  }

  /** Bytes of partial tiles and bundles written since the last sync. */
  long partialBytes() {
    return partialBytes;
  }

  /** Waits until everything that the tree of the current size needs is on the disk. */
  void sync() throws IOException {
    Set<Path> needed = new LinkedHashSet<>(unsynced);
    needed.addAll(partials.values());
    files.sync(needed);
    unsynced.clear();
    partials.clear();
    partialBytes = 0;
  }

  /**
   * Removes the partial tiles whose full tile is on the disk, and waits until that is on the disk
   * too. Call after {@link #sync} and before it is recorded: later nobody would look for them
   * again, and what a power cut left of them would pass for damage.
   */
  void removeSuperseded() throws IOException {
    for (String folder : superseded) {
      files.removeFolder(folder);
    }
    files.syncParents(superseded);
    superseded.clear();
  }
}
