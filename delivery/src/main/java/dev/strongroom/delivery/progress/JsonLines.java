package dev.strongroom.delivery.progress;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.InstantSource;

/** Writes one line of JSON for each event that is worth one: not for single bytes and files. */
public final class JsonLines implements Progress {
  private final PrintStream out;
  private final InstantSource clock;

  public JsonLines(PrintStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  @Override
  public void on(DeliveryEvent event) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("at", clock.instant().toString());
    if (fill(line, event)) {
      print(line);
    }
  }

  private void print(ObjectNode line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  // Fields and their names are part of what operators rely on: docs/guide/deliver.md.
  private static boolean fill(ObjectNode line, DeliveryEvent event) {
    switch (event) {
      case DeliveryEvent.Started e ->
          line.put("event", "started")
              .put("model", e.model().model().value())
              .put("version", e.model().version().value())
              .put("target", e.target())
              .put("crypto", e.cryptoProvider())
              .put("cryptoNote", e.cryptoNote())
              .put("notDumpable", e.hardening().notDumpable())
              .put("noCoreFiles", e.hardening().noCoreFiles())
              .put("attachDisabled", e.hardening().attachDisabled())
              .put("memoryLocking", e.hardening().memoryLocking());
      case DeliveryEvent.GrantTrouble e ->
          line.put("event", "grant-trouble")
              .put("code", e.code().wireName())
              .put("message", e.message());
      case DeliveryEvent.Granted e ->
          line.put("event", "granted")
              .put("lease", e.lease().value())
              .put("attested", e.attested())
              .put("leaseSeconds", e.leaseSeconds())
              .put("files", e.files())
              .put("bytes", e.plaintextBytes());
      case DeliveryEvent.Reused e ->
          line.put("event", "reused").put("files", e.files()).put("bytes", e.plaintextBytes());
      case DeliveryEvent.BytesPlaced e -> {
        return false;
      }
      case DeliveryEvent.SourceTrouble e ->
          line.put("event", "source-trouble")
              .put("host", e.host())
              .put("code", e.code().wireName())
              .put("message", e.message())
              .put("attempt", e.attempt());
      case DeliveryEvent.FileWhole e -> {
        return false;
      }
      case DeliveryEvent.Ready e ->
          line.put("event", "ready")
              .put("files", e.files())
              .put("bytes", e.plaintextBytes())
              .put("millis", e.elapsed().toMillis());
      case DeliveryEvent.Renewed e ->
          line.put("event", "renewed")
              .put("lease", e.lease().value())
              .put("sequence", e.sequence())
              .put("leaseSeconds", e.leaseSeconds());
      case DeliveryEvent.LeaseTrouble e ->
          line.put("event", "lease-trouble")
              .put("lease", e.lease().value())
              .put("code", e.code().wireName())
              .put("message", e.message());
      case DeliveryEvent.LeaseOver e ->
          line.put("event", "lease-over")
              .put("lease", e.lease().value())
              .put("cause", e.cause().wireName())
              .put("reason", e.reason());
      case DeliveryEvent.Left e ->
          line.put("event", "left")
              .put("lease", e.lease().value())
              .put("message", DeliveryEvent.Left.MEANING);
      case DeliveryEvent.ConsumerStopped e ->
          line.put("event", "consumer-stopped").put("consumer", e.end().wireName());
      case DeliveryEvent.Wiped e ->
          line.put("event", "wiped").put("files", e.files()).put("bytes", e.bytes());
      case DeliveryEvent.Acknowledged e ->
          line.put("event", "acknowledged")
              .put("lease", e.lease().value())
              .put("received", e.received());
      case DeliveryEvent.Failed e ->
          line.put("event", "failed").put("code", e.code().wireName()).put("message", e.message());
    }
    return true;
  }
}
