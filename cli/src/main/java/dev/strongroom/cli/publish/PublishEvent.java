package dev.strongroom.cli.publish;

import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.path.WeightPath;

/** What happens while publishing, in order of time; sizes are bytes of plaintext. */
public sealed interface PublishEvent {
  /** The source has been walked. */
  record Scanned(int files, long bytes) implements PublishEvent {}

  /** Some of a file has been hashed. */
  record Hashed(WeightPath path, long bytes) implements PublishEvent {}

  /**
   * The draft is open and its key released.
   *
   * @param resumed whether the journal holds work of an earlier run
   */
  record DraftOpened(DraftId draft, long fence, boolean resumed) implements PublishEvent {}

  /** No storage was named, so this origin was taken, and no other is from now on. */
  record StorageChosen(String origin) implements PublishEvent {}

  /** An object was begun for a file; from now on its journal record exists. */
  record ObjectBegun(WeightPath path, String objectName, int parts) implements PublishEvent {}

  /** A part was found finished in the journal and is not touched again. */
  record PartSkipped(WeightPath path, int part, long bytes) implements PublishEvent {}

  /** A part's digest is on disk and its ciphertext made; nothing of it has left the process. */
  record PartEncrypted(WeightPath path, int part, long bytes) implements PublishEvent {}

  /** The storage has a part and its ETag is in the journal. */
  record PartUploaded(WeightPath path, int part, long bytes) implements PublishEvent {}

  /** An attempt to upload a part failed and is repeated. */
  record PartRetried(WeightPath path, int part, String cause) implements PublishEvent {}

  /** All parts of an object are together in the storage. */
  record ObjectCompleted(WeightPath path, String objectName) implements PublishEvent {}

  /** An object was given up; its file gets a new one. */
  record ObjectAbandoned(WeightPath path, String objectName, String reason)
      implements PublishEvent {}

  /** The manifest is signed and checked, and its digest in the journal. */
  record ManifestSigned(ManifestDigest digest) implements PublishEvent {}

  /** The version exists. */
  record Finalised(ManifestDigest digest) implements PublishEvent {}
}
