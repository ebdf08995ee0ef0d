package dev.strongroom.auditlog;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a tile or entry bundle (C2SP tlog-tiles): {@code tile/<L>/<N>[.p/<W>]}.
 *
 * @param level 0 to 63, or {@link #ENTRIES}
 * @param n the index of the tile within its level
 * @param width the number of hashes or entries, 1 to 256; 256 is a full tile
 */
record TilePath(int level, long n, int width) {
  static final int FULL = 256;
  static final int HEIGHT = 8;
  static final int ENTRIES = -1;

  private static final int MAX_CHARS = 64;
  private static final int MAX_LEVEL = 63;
  private static final long MAX_N = (1L << (Long.SIZE - 1 - HEIGHT)) - 1;
  private static final Pattern FORM =
      Pattern.compile("tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\\.p/([0-9]+))?");

  TilePath {
    if (level < ENTRIES || level > MAX_LEVEL || n < 0 || n > MAX_N || width < 1 || width > FULL) {
      throw new AuditLogException(
          LogCode.TILE_PATH_MALFORMED,
          "there is no tile of level " + level + ", index " + n + ", width " + width);
    }
  }

  static TilePath entries(long n, int width) {
    return new TilePath(ENTRIES, n, width);
  }

  static TilePath parse(String path) {
    Matcher form = path.length() > MAX_CHARS ? null : FORM.matcher(path);
    if (form == null || !form.matches()) {
      throw malformed(path);
    }
    OptionalLong n = index(form.group(2));
    int width = form.group(3) == null ? FULL : partialWidth(path, form.group(3));
    int level = form.group(1).equals("entries") ? ENTRIES : Integer.parseInt(form.group(1));
    if (n.isEmpty()) {
      throw malformed(path);
    }
    return new TilePath(level, n.getAsLong(), width);
  }

  private static OptionalLong index(String elements) {
    String digits = elements.replace("x", "").replace("/", "");
    if (digits.length() > 3 && digits.startsWith("000")) {
      return OptionalLong.empty();
    }
    String trimmed = digits.replaceFirst("^0+(?=[0-9])", "");
    return Encodings.decimal(trimmed);
  }

  private static int partialWidth(String path, String text) {
    OptionalLong width = Encodings.decimal(text);
    if (width.isEmpty() || width.getAsLong() < 1 || width.getAsLong() >= FULL) {
      throw malformed(path);
    }
    return (int) width.getAsLong();
  }

  boolean isFull() {
    return width == FULL;
  }

  TilePath full() {
    return new TilePath(level, n, FULL);
  }

  /** The folder of the partial tiles that grow into this tile. */
  String partialFolder() {
    return "tile/" + levelName() + "/" + elements() + ".p";
  }

  private String levelName() {
    return level == ENTRIES ? "entries" : Integer.toString(level);
  }

  private String elements() {
    StringBuilder elements = new StringBuilder(three(n % 1000));
    for (long rest = n / 1000; rest > 0; rest /= 1000) {
      elements.insert(0, "x" + three(rest % 1000) + "/");
    }
    return elements.toString();
  }

  private static String three(long value) {
    return Long.toString(1000 + value).substring(1);
  }

  private static AuditLogException malformed(String path) {
    String shown = path.length() > MAX_CHARS ? path.substring(0, MAX_CHARS) : path;
    return new AuditLogException(
        LogCode.TILE_PATH_MALFORMED, "this is not the path of a tile: " + shown);
  }

  /** Its first entry, where the number fits. */
  Optional<Long> firstEntry() {
    int shift = level == ENTRIES ? HEIGHT : HEIGHT * (level + 1);
    return shift >= Long.SIZE - 1 || n > (Long.MAX_VALUE >> shift)
        ? Optional.empty()
        : Optional.of(n << shift);
  }

  /** The relative path, with forward slashes. */
  @Override
  public String toString() {
    String full = "tile/" + levelName() + "/" + elements();
    return isFull() ? full : full + ".p/" + width;
  }
}
