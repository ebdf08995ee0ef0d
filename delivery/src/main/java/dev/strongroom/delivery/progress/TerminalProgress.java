package dev.strongroom.delivery.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * For a person at a terminal: a line for what has happened, and one that is drawn again while bytes
 * come in for longer than a second.
 */
public final class TerminalProgress implements Progress {
  private static final long PATIENCE_NANOS = 1_000_000_000L;
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintStream out;
  private final LongSupplier nanoTime;
  private long total;
  private int totalFiles;
  private long placed;
  private int whole;
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
      case DeliveryEvent.Started e -> {
        say("Delivering " + e.model() + " to " + e.target() + " (" + e.cryptoNote() + ")");
        if (!e.hardening().memoryLocking()) {
          say("Keys cannot be locked into memory: see ulimit -l");
        }
      }
      case DeliveryEvent.GrantTrouble e ->
          say(e.code().wireName() + ": " + e.message() + "; asking again");
      case DeliveryEvent.Granted e -> {
        total = e.plaintextBytes();
        totalFiles = e.files();
        start = nanoTime.getAsLong();
        say("Granted " + e.lease().value() + ": " + extent(e.files(), e.plaintextBytes()));
      }
      case DeliveryEvent.BytesPlaced e -> {
        placed += e.plaintextBytes();
        draw();
      }
      case DeliveryEvent.SourceTrouble e ->
          say(
              e.code().wireName()
                  + ": "
                  + e.host()
                  + ": "
                  + e.message()
                  + "; trying again after attempt "
                  + e.attempt());
      case DeliveryEvent.FileWhole e -> whole++;
      case DeliveryEvent.Reused e ->
          say("Used what stood there: " + extent(e.files(), e.plaintextBytes()));
      case DeliveryEvent.Ready e ->
          say(
              "Ready: "
                  + extent(e.files(), e.plaintextBytes())
                  + ", "
                  + e.elapsed().toMillis()
                  + " ms after the start");
      case DeliveryEvent.Renewed e -> {}
      case DeliveryEvent.LeaseTrouble e -> say(e.code().wireName() + ": " + e.message());
      case DeliveryEvent.LeaseOver e ->
          say("The lease is over (" + e.cause().wireName() + "): " + e.reason());
      case DeliveryEvent.Left e ->
          say("Left " + e.lease().value() + ": " + DeliveryEvent.Left.MEANING);
      case DeliveryEvent.ConsumerStopped e -> say("Consumer: " + e.end().wireName());
      case DeliveryEvent.Wiped e -> say("Wiped " + extent(e.files(), e.bytes()));
      case DeliveryEvent.Acknowledged e ->
          say(e.received() ? "The wipe stands in the log" : "The service was NOT told of the wipe");
      case DeliveryEvent.Failed e -> say(e.code().wireName() + ": " + e.message());
    }
  }

  private static String extent(long files, long bytes) {
    return files + (files == 1 ? " file, " : " files, ") + Sizes.bytes(bytes);
  }

  private void say(String line) {
    out.println((drawn > 0 ? BarLine.CLEAR : "") + line);
    out.flush();
    drawn = 0;
  }

  private void draw() {
    long now = nanoTime.getAsLong();
    if (now - start < PATIENCE_NANOS || (drawn > 0 && now - drawn < REDRAW_NANOS)) {
      return;
    }
    drawn = Math.max(1, now);
    out.print(
        BarLine.CLEAR
            + BarLine.of("Placing", Math.min(placed, total), total)
            + ", "
            + whole
            + " of "
            + totalFiles
            + " files  "
            + Sizes.rate(placed, Duration.ofNanos(now - start)));
    out.flush();
  }
}
