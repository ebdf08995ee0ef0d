package dev.strongroom.auditlog;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The partial tiles and bundles of earlier sizes at the right edge. Only the newest of a folder is
 * synced, so that a power cut may have left the others empty, short, or with zeroes in place of
 * blocks. Anything else that differs is no work of a power cut: it is what shows that a tile was
 * changed after it was published, and it is never written over.
 */
final class EarlierPartials {
  private final LogFiles files;
  private final Map<TilePath, byte[]> torn = new LinkedHashMap<>();

  EarlierPartials(LogFiles files) {
    this.files = files;
  }

  /**
   * Compares one with the beginning of the tile or bundle that it grew into.
   *
   * @param expected what it holds where nothing happened to it
   * @throws AuditLogException {@code tile-mismatch} or, for a bundle, {@code entry-mismatch}, with
   *     the first index that is bad
   */
  void compare(TilePath path, byte[] expected) throws IOException {
    Optional<byte[]> read = files.read(path.toString(), EntryBundle.MAX_BYTES);
    byte[] found = read.orElseGet(() -> new byte[0]);
    if (Arrays.equals(found, expected)) {
      return;
    }
    int differs = firstWritten(found, expected);
    if (differs >= 0) {
      throw changed(path, expected, differs);
    }
    torn.put(path, expected);
  }

  /** Where the first byte is that a power cut does not explain; -1 where there is none. */
  private static int firstWritten(byte[] found, byte[] expected) {
    for (int i = 0; i < found.length; i++) {
      if (i >= expected.length || (found[i] != expected[i] && found[i] != 0)) {
        return i;
      }
    }
    return -1;
  }

  private static AuditLogException changed(TilePath path, byte[] expected, int at) {
    boolean isBundle = path.level() < 0;
    int within =
        Math.min(
            isBundle ? EntryBundle.countBefore(expected, at) : at / Hash.BYTES, path.width() - 1);
    long hash = path.n() * TilePath.FULL + within;
    return new AuditLogException(
        isBundle ? LogCode.ENTRY_MISMATCH : LogCode.TILE_MISMATCH,
        isBundle ? hash : hash << (TilePath.HEIGHT * path.level()),
        path
            + " is not the beginning of what it grew into, and no power cut leaves it so: keep a"
            + " copy of the folder, verify it against checkpoints kept elsewhere, and restore the"
            + " log");
  }

  /** What has to be written again, with what it holds then; nothing was written yet. */
  Map<TilePath, byte[]> torn() {
    return torn;
  }
}
