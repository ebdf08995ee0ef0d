package dev.strongroom.cli.output;

import dev.strongroom.cli.publish.PublishEvent;

/** Sums up what has happened so far. Guarded by its owner. */
final class PublishTally {
  private int files;
  private long total;
  private long hashed;
  private long skipped;
  private long encrypted;
  private long uploaded;
  private int retries;

  void add(PublishEvent event) {
    switch (event) {
      case PublishEvent.Scanned scanned -> {
        files = scanned.files();
        total = scanned.bytes();
      }
      case PublishEvent.Hashed part -> hashed += part.bytes();
      case PublishEvent.PartSkipped part -> skipped += part.bytes();
      case PublishEvent.PartEncrypted part -> encrypted += part.bytes();
      case PublishEvent.PartUploaded part -> uploaded += part.bytes();
      case PublishEvent.PartRetried _ -> retries++;
      case PublishEvent.DraftOpened _,
          PublishEvent.StorageChosen _,
          PublishEvent.ObjectBegun _,
          PublishEvent.ObjectCompleted _,
          PublishEvent.ObjectAbandoned _,
          PublishEvent.ManifestSigned _,
          PublishEvent.Finalised _ -> {}
    }
  }

  int files() {
    return files;
  }

  long total() {
    return total;
  }

  long hashed() {
    return hashed;
  }

  long skipped() {
    return skipped;
  }

  long encrypted() {
    return encrypted;
  }

  long uploaded() {
    return uploaded;
  }

  int retries() {
    return retries;
  }

  /** What is in storage by now. */
  long done() {
    return Math.min(total, uploaded + skipped);
  }
}
