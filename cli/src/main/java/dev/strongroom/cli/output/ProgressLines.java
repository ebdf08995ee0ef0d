package dev.strongroom.cli.output;

import dev.strongroom.cli.publish.PublishEvent;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * JSON lines for logs and scripts: steps as they happen, sums of bytes at most once a second. Each
 * has {@code event} and {@code at}; sizes are bytes of plaintext.
 */
public final class ProgressLines implements Progress {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final PrintWriter err;
  private final InstantSource clock;
  private final PublishTally tally = new PublishTally();
  private Instant told = Instant.EPOCH;

  public ProgressLines(PrintWriter err, InstantSource clock) {
    this.err = err;
    this.clock = clock;
  }

  @Override
  public synchronized void on(PublishEvent event) {
    tally.add(event);
    switch (event) {
      case PublishEvent.Scanned scanned ->
          tell("scanned", Map.of("files", scanned.files(), "bytes", scanned.bytes()));
      case PublishEvent.DraftOpened opened ->
          tell(
              "draft-opened",
              Map.of(
                  "draft", opened.draft(), "fence", opened.fence(), "resumed", opened.resumed()));
      case PublishEvent.StorageChosen chosen ->
          tell("storage-chosen", Map.of("origin", chosen.origin()));
      case PublishEvent.ObjectCompleted object ->
          tell("object-completed", Map.of("path", object.path(), "object", object.objectName()));
      case PublishEvent.ObjectAbandoned object ->
          tell("object-abandoned", Map.of("path", object.path(), "reason", object.reason()));
      case PublishEvent.PartRetried part ->
          tell(
              "part-retried",
              Map.of("path", part.path(), "part", part.part(), "cause", part.cause()));
      case PublishEvent.ManifestSigned signed ->
          tell("manifest-signed", Map.of("manifestDigest", signed.digest()));
      case PublishEvent.Finalised finalised ->
          tell("finalised", Map.of("manifestDigest", finalised.digest()));
      case PublishEvent.Hashed _,
          PublishEvent.ObjectBegun _,
          PublishEvent.PartSkipped _,
          PublishEvent.PartEncrypted _,
          PublishEvent.PartUploaded _ ->
          tellSums();
    }
  }

  private void tellSums() {
    Instant now = clock.instant();
    if (Duration.between(told, now).compareTo(INTERVAL) >= 0) {
      told = now;
      sums();
    }
  }

  private void sums() {
    Map<String, Object> sums = new LinkedHashMap<>();
    sums.put("total", tally.total());
    sums.put("hashed", tally.hashed());
    sums.put("skipped", tally.skipped());
    sums.put("encrypted", tally.encrypted());
    sums.put("uploaded", tally.uploaded());
    tell("progress", sums);
  }

  private void tell(String event, Map<String, ?> members) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", event);
    line.put("at", clock.instant().toString());
    line.putAll(members);
    err.println(Output.oneLine(line));
    err.flush();
  }

  @Override
  public synchronized void close() {
    if (tally.total() > 0) {
      sums();
    }
  }
}
