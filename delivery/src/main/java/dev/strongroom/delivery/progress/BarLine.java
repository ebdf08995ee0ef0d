package dev.strongroom.delivery.progress;

/** How far something is, in one line for a terminal. */
public final class BarLine {
  /** Back to the beginning of the line, and what stands there cleared. */
  public static final String CLEAR = "\r\u001b[K";

  private static final int WIDTH = 30;

  private BarLine() {}

  /**
   * For example {@code Uploading [=== ] 50% 43.4 MiB of 86.8 MiB}.
   *
   * @param done bytes, at most {@code total}
   */
  public static String of(String what, long done, long total) {
    double part = total == 0 ? 1 : (double) done / total;
    int full = (int) (part * WIDTH);
    return what
        + " ["
        + "=".repeat(full)
        + " ".repeat(WIDTH - full)
        + "] "
        + (int) (part * 100)
        + "%  "
        + Sizes.bytes(done)
        + " of "
        + Sizes.bytes(total);
  }
}
