package dev.strongroom.delivery.stream;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.weights.FileOpener;
import dev.strongroom.core.weights.SegmentDecrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.place.StagedFile;
import dev.strongroom.delivery.place.StagedModel;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.source.ObjectRange;
import dev.strongroom.delivery.source.RangeStream;

/**
 * One file on its way: header, key commitment, last segment, then the parts in any order and on any
 * worker. A byte reaches the staged file only after the tag of its segment has been verified.
 */
final class FileDeliveryFlow implements AutoCloseable {
  private final Shared shared;
  private final ManifestFile file;
  private final PartPlan plan;
  private final FileOpener opener;
  private final StagedFile target;
  private final PartsPlaced partsPlaced;

  /** What the files of one delivery share. */
  record Shared(
      Manifest manifest,
      VersionKey key,
      OpenStreams streams,
      StagedModel staging,
      int partBytes,
      Verification verification,
      Progress progress) {}

  private FileDeliveryFlow(Shared shared, ManifestFile file, PartPlan plan, FileOpener opener) {
    this.shared = shared;
    this.file = file;
    this.plan = plan;
    this.opener = opener;
    this.target = shared.staging().create(file.path());
    this.partsPlaced = PartsPlaced.of(shared.verification(), file, plan, target);
  }

  /**
   * Reads the header, checks the key commitment and places the last segment.
   *
   * @return the file; whole already, when it has one segment
   */
  static FileDeliveryFlow begin(Shared shared, ManifestFile file, Scratch scratch) {
    PartPlan plan = PartPlan.of(shared.manifest().layoutOf(file), shared.partBytes());
    boolean single = plan.parts() == 0;
    long length = single ? file.ciphertextSize() : StreamHeader.BYTES;
    try (RangeStream head = open(shared, file, 0, length)) {
      FileDeliveryFlow flow = identify(shared, file, plan, readHeader(head));
      try {
        if (single) {
          flow.place(head, 0, 1, scratch);
          flow.partsPlaced.allPlaced(scratch.plaintext);
          flow.complete(scratch);
        } else {
          flow.placeTail(scratch);
        }
        return flow;
      } catch (RuntimeException e) {
        scratch.forgetFile();
        flow.close();
        throw e;
      }
    }
  }

  private static RangeStream open(Shared shared, ManifestFile file, long offset, long length) {
    return shared
        .streams()
        .open(new ObjectRange(file.index(), offset, length, file.ciphertextSize()));
  }

  private static StreamHeader readHeader(RangeStream head) {
    byte[] header = new byte[StreamHeader.BYTES];
    head.readFully(header, 0, header.length);
    return StreamHeader.parse(header);
  }

  private static FileDeliveryFlow identify(
      Shared shared, ManifestFile file, PartPlan plan, StreamHeader header) {
    Manifest manifest = shared.manifest();
    FileOpener opener =
        shared
            .key()
            .opener(manifest.contextOf(file), file.commitment(), header, manifest.segmentSize());
    try {
      return new FileDeliveryFlow(shared, file, plan, opener);
    } catch (RuntimeException e) {
      opener.close();
      throw e;
    }
  }

  /** The number of parts that remain after {@link #begin}. */
  int parts() {
    return plan.parts();
  }

  /**
   * Places one part.
   *
   * @return true for the part after which the file is whole and verified
   */
  boolean placePart(int part, Scratch scratch) {
    int first = plan.firstSegment(part);
    int end = plan.endSegment(part);
    SegmentLayout layout = plan.layout();
    long offset = layout.ciphertextOffset(first);
    long length = layout.ciphertextOffset(end) - offset;
    try (RangeStream stream = open(shared, file, offset, length)) {
      place(stream, first, end, scratch);
    }
    if (!partsPlaced.placed(part, scratch.plaintext)) {
      return false;
    }
    complete(scratch);
    return true;
  }

  private void placeTail(Scratch scratch) {
    int tail = plan.tailSegment();
    SegmentLayout layout = plan.layout();
    try (RangeStream stream =
        open(shared, file, layout.ciphertextOffset(tail), layout.ciphertextLength(tail))) {
      place(stream, tail, tail + 1, scratch);
    }
  }

  // Receives, decrypts and writes batch by batch, so that the bytes stay in this core's cache.
  private void place(RangeStream stream, int first, int end, Scratch scratch) {
    int batch = Math.max(1, Scratch.BATCH_BYTES / plan.layout().segmentSize());
    for (int segment = first; segment < end; segment += batch) {
      placeBatch(stream, segment, Math.min(segment + batch, end), scratch);
    }
  }

  private void placeBatch(RangeStream stream, int first, int end, Scratch scratch) {
    SegmentLayout layout = plan.layout();
    SegmentDecrypter decrypter = scratch.decrypterOf(opener);
    long begin = layout.ciphertextOffset(first);
    int last = end - 1;
    int length =
        Math.toIntExact(layout.ciphertextOffset(last) + layout.ciphertextLength(last) - begin);
    stream.readFully(scratch.ciphertext, 0, length);
    int plain = 0;
    for (int segment = first; segment < end; segment++) {
      int at = Math.toIntExact(layout.ciphertextOffset(segment) - begin);
      plain +=
          decrypter.decrypt(
              segment,
              scratch.ciphertext,
              at,
              layout.ciphertextLength(segment),
              scratch.plaintext,
              plain);
    }
    target.write(scratch.plaintext, 0, plain, layout.plaintextOffset(first));
    shared.progress().on(new DeliveryEvent.BytesPlaced(plain));
  }

  private void complete(Scratch scratch) {
    scratch.forgetFile();
    opener.close();
    target.complete(file.plaintextSize(), file.mode());
    shared.progress().on(new DeliveryEvent.FileWhole(file.index(), file.plaintextSize()));
  }

  @Override
  public void close() {
    opener.close();
    target.close();
  }
}
