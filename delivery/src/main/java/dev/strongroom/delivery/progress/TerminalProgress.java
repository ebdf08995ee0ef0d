package dev.strongroom.delivery.progress;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line for a person at a terminal: how much is there, and how fast it comes. */
public final class TerminalProgress implements Progress {
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintStream out;
  private final LongSupplier nanoTime;
  private long total;
  private long placed;
  private long start;
  private long drawn;

  /**
   * @param nanoTime nanoseconds on a clock that only goes forward
   */
  public TerminalProgress(PrintStream out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized void on(DeliveryEvent event) {
    switch (event) {
      case DeliveryEvent.Granted e -> {
        total = e.plaintextBytes();
        start = nanoTime.getAsLong();
        drawn = start;
      }
      case DeliveryEvent.BytesPlaced e -> {
        placed += e.plaintextBytes();
        if (nanoTime.getAsLong() - drawn >= REDRAW_NANOS) {
          draw();
        }
      }
      case DeliveryEvent.Ready e -> {
        draw();
        out.println();
      }
      case DeliveryEvent.Failed e -> out.println("\n" + e.code().wireName() + ": " + e.message());
      case DeliveryEvent.Started e -> {}
      case DeliveryEvent.Reused e -> {}
      case DeliveryEvent.FileWhole e -> {}
      case DeliveryEvent.Renewed e -> {}
      case DeliveryEvent.LeaseTrouble e -> {}
      case DeliveryEvent.LeaseOver e -> {}
      case DeliveryEvent.ConsumerStopped e -> {}
      case DeliveryEvent.Wiped e -> {}
      case DeliveryEvent.Acknowledged e -> {}
    }
  }

  private void draw() {
    drawn = nanoTime.getAsLong();
    long percent = total == 0 ? 100 : placed * 100 / total;
    double seconds = Math.max(1e-9, (drawn - start) / 1e9);
    out.printf(
        Locale.ROOT,
        "\r%3d%%  %,.1f of %,.1f MB  %,.0f MB/s ",
        percent,
        placed / 1e6,
        total / 1e6,
        placed / 1e6 / seconds);
    out.flush();
  }
}
