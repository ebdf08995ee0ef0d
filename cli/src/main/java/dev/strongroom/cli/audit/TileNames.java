package dev.strongroom.cli.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The files of a log of some size (C2SP tlog-tiles): hashes by level, and bundles of entries. */
final class TileNames {
  private static final int FULL = 256;

  private TileNames() {}

  /**
   * @param path relative to the log's directory, for example {@code tile/0/x001/234.p/5}
   * @param partial whether it is replaced when the log grows
   */
  record TileName(String path, boolean partial) {
    /** The full tile that takes the place of a partial one when the log has grown. */
    TileName full() {
      return partial ? new TileName(path.substring(0, path.indexOf(".p/")), false) : this;
    }

    /** Where the partial tiles are that grow into this one. */
    String partialFolder() {
      return full().path() + ".p";
    }
  }

  /** All of them, entries first. */
  static List<TileName> of(long size) {
    return since(0, size);
  }

  /** Those that a log of an older size had not, or not full, entries first. */
  static List<TileName> since(long older, long size) {
    List<TileName> names = new ArrayList<>(level("entries", older, size));
    int level = 0;
    long before = older;
    for (long hashes = size; hashes > 0; hashes /= FULL) {
      names.addAll(level(Integer.toString(level++), before, hashes));
      before /= FULL;
    }
    return names;
  }

  private static List<TileName> level(String level, long before, long hashes) {
    List<TileName> names = new ArrayList<>();
    for (long n = before / FULL; n < hashes / FULL; n++) {
      names.add(new TileName("tile/" + level + "/" + number(n), false));
    }
    long rest = hashes % FULL;
    if (rest > 0) {
      String name = "tile/" + level + "/" + number(hashes / FULL) + ".p/" + rest;
      names.add(new TileName(name, true));
    }
    return names;
  }

  // Groups of three digits, all but the last begun by an x.
  private static String number(long n) {
    String text = String.format(Locale.ROOT, "%03d", n % 1000);
    for (long rest = n / 1000; rest > 0; rest /= 1000) {
      text = String.format(Locale.ROOT, "x%03d/", rest % 1000) + text;
    }
    return text;
  }
}
