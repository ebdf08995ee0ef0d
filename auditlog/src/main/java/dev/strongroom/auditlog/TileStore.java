package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads tiles and bundles, and the nodes of the tree in them. Safe for use by several threads. */
final class TileStore {
  private static final int CACHED_TILES = 64;

  private final Path root;
  private final Map<TilePath, byte[]> cache =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TilePath, byte[]> eldest) {
          return size() > CACHED_TILES;
        }
      };

  TileStore(Path root) {
    this.root = root;
  }

  /** The first {@code width} hashes of a tile, from the partial tile or the full one. */
  Optional<byte[]> tile(TilePath path) throws IOException {
    synchronized (cache) {
      byte[] cached = cache.get(path);
      if (cached != null) {
        return Optional.of(cached);
      }
    }
    Optional<byte[]> read = readEither(path, TilePath.FULL * Hash.BYTES);
    int length = path.width() * Hash.BYTES;
    if (read.isEmpty()) {
      return Optional.empty();
    }
    byte[] content = read.get();
    boolean asPartial = content.length == length;
    if (!asPartial && content.length != TilePath.FULL * Hash.BYTES) {
      throw new AuditLogException(
          LogCode.TILE_MALFORMED,
          path.firstEntry().orElse(0L) + firstMissing(path, content),
          path + " has " + content.length + " bytes instead of " + length);
    }
    byte[] tile = asPartial ? content : Arrays.copyOf(content, length);
    synchronized (cache) {
      cache.put(path, tile);
    }
    return Optional.of(tile);
  }

  private static long firstMissing(TilePath path, byte[] content) {
    long whole = Math.min(content.length / Hash.BYTES, path.width() - 1);
    return whole << (TilePath.HEIGHT * path.level());
  }

  byte[] requireTile(TilePath path) throws IOException {
    return tile(path)
        .orElseThrow(() ->
            new AuditLogException(
                LogCode.TILE_MISSING, path.firstEntry().orElse(0L), path + " is missing"));
  }

  /**
   * The first {@code width} leaves of a bundle, from the partial bundle or the full one, each
   * compared with its hash in the tile of level 0 over the same entries.
   *
   * @throws AuditLogException {@code bundle-missing}, {@code bundle-malformed}, {@code
   *     entry-mismatch}, with the first index that is bad
   */
  List<byte[]> requireEntries(TilePath path, byte[] tile, TreeHasher hasher) throws IOException {
    long first = path.firstEntry().orElse(0L);
    Optional<byte[]> exact = LogFiles.read(root.resolve(path.toString()), EntryBundle.MAX_BYTES);
    boolean isExact = exact.isPresent() || path.isFull();
    byte[] bundle =
        (isExact ? exact : readEither(path.full(), EntryBundle.MAX_BYTES))
            .orElseThrow(() ->
                new AuditLogException(
                    LogCode.BUNDLE_MISSING, first, path + " is missing; restore it"));
    EntryBundle.Parsed parsed = EntryBundle.parse(bundle, isExact ? path.width() : TilePath.FULL);
    int readable = Math.min(path.width(), parsed.leaves().size());
    for (int i = 0; i < readable; i++) {
      if (!hasher.leaf(parsed.leaves().get(i)).equals(Hash.at(tile, i * Hash.BYTES))) {
        throw new AuditLogException(
            LogCode.ENTRY_MISMATCH,
            first + i,
            "the entry in " + path + " does not have the hash that its tile holds; restore it");
      }
    }
    if (parsed.problem().isPresent() && (isExact || readable < path.width())) {
      throw new AuditLogException(
          LogCode.BUNDLE_MALFORMED,
          first + parsed.leaves().size(),
          path + " is malformed: " + parsed.problem().get());
    }
    return parsed.leaves().subList(0, path.width());
  }

  private Optional<byte[]> readEither(TilePath path, int limit) throws IOException {
    Optional<byte[]> exact = LogFiles.read(root.resolve(path.toString()), limit);
    return exact.isPresent() || path.isFull()
        ? exact
        : LogFiles.read(root.resolve(path.full().toString()), limit);
  }

  /** The widths of the partial tiles of this tile that are there and are less than a width. */
  List<Integer> partialWidths(TilePath path, int below) throws IOException {
    List<Integer> widths = new ArrayList<>();
    for (Path file : LogFiles.list(root.resolve(path.partialFolder()))) {
      Path name = file.getFileName();
      OptionalLong width = name == null ? OptionalLong.empty() : Encodings.decimal(name.toString());
      if (width.isPresent() && width.getAsLong() > 0 && width.getAsLong() < below) {
        widths.add((int) width.getAsLong());
      }
    }
    return widths;
  }

  /** The root of a complete subtree of 2^level leaves, in a log of the given size. */
  Hash node(int level, long position, long size, TreeHasher hasher) throws IOException {
    int tileLevel = level / TilePath.HEIGHT;
    int within = level % TilePath.HEIGHT;
    long first = position << within;
    long n = first / TilePath.FULL;
    long hashesAtLevel = size >> (TilePath.HEIGHT * tileLevel);
    int width = (int) Math.min(TilePath.FULL, hashesAtLevel - n * TilePath.FULL);
    byte[] tile = requireTile(new TilePath(tileLevel, n, width));
    int offset = (int) (first % TilePath.FULL);
    List<Hash> hashes = new ArrayList<>(1 << within);
    for (int i = 0; i < 1 << within; i++) {
      hashes.add(Hash.at(tile, (offset + i) * Hash.BYTES));
    }
    return hasher.root(hashes);
  }

  /** MTH of D[low:high), where low is a multiple of a power of two that covers the range. */
  Hash range(long low, long high, long size, TreeHasher hasher) throws IOException {
    if (low == high) {
      return TreeHasher.EMPTY_ROOT;
    }
    long length = high - low;
    int level = Long.SIZE - 1 - Long.numberOfLeadingZeros(length);
    long width = 1L << level;
    Hash left = node(level, low >> level, size, hasher);
    return length == width ? left : hasher.node(left, range(low + width, high, size, hasher));
  }
}
