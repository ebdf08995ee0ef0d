package dev.strongroom.delivery.progress;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Numbers as people read them. */
public final class Sizes {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  /** A number of bytes, such as {@code 86.8 MiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    do {
      value /= 1024;
      unit++;
    } while (value >= 1024 && unit < UNITS.length - 1);
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** A rate over a time. */
  public static String rate(long bytes, Duration time) {
    double seconds = Math.max(1e-3, time.toNanos() / 1e9);
    return bytes((long) (bytes / seconds)) + "/s";
  }

  /** A time such as {@code 1:05} or {@code 2:03:09}. */
  public static String clock(Duration time) {
    return time.toHours() > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }

  /** Seconds since the epoch as RFC 3339. */
  public static String time(long epochSeconds) {
    return Instant.ofEpochSecond(epochSeconds).toString();
  }
}
