package dev.strongroom.cli.output;

import dev.strongroom.cli.publish.PublishEvent;
import dev.strongroom.delivery.progress.BarLine;
import dev.strongroom.delivery.progress.Sizes;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** One line on a terminal, drawn again as things go on; notable events get lines of their own. */
public final class ProgressBar implements Progress {
  private static final Duration REDRAW = Duration.ofMillis(100);

  private final PrintWriter err;
  private final InstantSource clock;
  private final PublishTally tally = new PublishTally();
  private Instant drawn = Instant.EPOCH;
  private Instant uploadingSince = Instant.EPOCH;
  private boolean uploading;

  public ProgressBar(PrintWriter err, InstantSource clock) {
    this.err = err;
    this.clock = clock;
  }

  @Override
  public synchronized void on(PublishEvent event) {
    tally.add(event);
    switch (event) {
      case PublishEvent.DraftOpened opened -> {
        uploading = true;
        uploadingSince = clock.instant();
        note("Draft " + opened.draft() + (opened.resumed() ? ", resumed" : ""));
      }
      case PublishEvent.ObjectAbandoned object ->
          note("'" + Table.plain(object.path().value()) + "' starts over: " + object.reason());
      case PublishEvent.StorageChosen chosen -> note("Storage " + chosen.origin());
      case PublishEvent.ManifestSigned signed -> note("Manifest " + signed.digest());
      case PublishEvent.Scanned _,
          PublishEvent.Hashed _,
          PublishEvent.ObjectBegun _,
          PublishEvent.PartSkipped _,
          PublishEvent.PartEncrypted _,
          PublishEvent.PartUploaded _,
          PublishEvent.PartRetried _,
          PublishEvent.ObjectCompleted _,
          PublishEvent.Finalised _ -> {}
    }
    draw();
  }

  private void note(String text) {
    err.print(BarLine.CLEAR);
    err.println(text);
    drawn = Instant.EPOCH;
  }

  private void draw() {
    Instant now = clock.instant();
    if (Duration.between(drawn, now).compareTo(REDRAW) < 0) {
      return;
    }
    drawn = now;
    err.print(BarLine.CLEAR + line(now));
    err.flush();
  }

  private String line(Instant now) {
    long done = uploading ? tally.done() : Math.min(tally.total(), tally.hashed());
    String line = BarLine.of(uploading ? "Uploading" : "Hashing  ", done, tally.total());
    return uploading ? line + speed(now) : line;
  }

  private String speed(Instant now) {
    Duration spent = Duration.between(uploadingSince, now);
    if (spent.toMillis() < 500 || tally.uploaded() == 0) {
      return "";
    }
    long left = tally.total() - tally.done();
    Duration rest = Duration.ofMillis((long) ((double) spent.toMillis() * left / tally.uploaded()));
    String retries = tally.retries() == 0 ? "" : "  " + tally.retries() + " retries";
    return "  "
        + Sizes.rate(tally.uploaded(), spent)
        + "  "
        + Sizes.clock(rest)
        + " left"
        + retries;
  }

  @Override
  public synchronized void close() {
    err.print(BarLine.CLEAR);
    err.flush();
  }
}
