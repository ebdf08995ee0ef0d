package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.StreamHeader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a publication across crashes. It holds what a later process needs so that no salt
 * and nonce prefix ever meets two plaintexts: for each object the header and the digest of the file
 * that it was made for, for each part the digest of its plaintext, on disk before ciphertext
 * leaves. Salts and digests, no key. Safe for several threads.
 */
final class UploadJournal implements AutoCloseable {
  private final JournalFile file;
  private final Map<String, JournaledObject> live = new LinkedHashMap<>();
  private JournalRecord.@Nullable Opened opened;
  private JournalRecord.@Nullable StorageChosen storage;
  private @Nullable ManifestDigest finalising;

  private UploadJournal(JournalFile file) {
    this.file = file;
  }

  /**
   * Opens the journal of this version.
   *
   * @throws Problem {@link ProblemCode#JOURNAL_MISMATCH} when it is in use, damaged, or about
   *     another version
   */
  static UploadJournal open(Path directory, ModelVersion target) {
    JournalFile file = JournalFile.open(directory);
    try {
      UploadJournal journal = new UploadJournal(file);
      file.replay().forEach(journal::apply);
      journal.requireTarget(target);
      return journal;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void requireTarget(ModelVersion target) {
    if (opened != null && !new ModelVersion(opened.model(), opened.version()).equals(target)) {
      throw new Problem(
          ProblemCode.JOURNAL_MISMATCH,
          "the journal is about another version; choose another --state-dir");
    }
  }

  /**
   * Takes up this draft. Records of an earlier draft are dropped: its objects are not ours to use.
   * The storage stays: another draft is no reason to send the model elsewhere.
   *
   * @return whether work of an earlier run was found
   */
  synchronized boolean takeUp(DraftGrant grant) {
    JournalRecord.Opened now =
        new JournalRecord.Opened(
            JournalRecord.Opened.FORMAT,
            grant.model(),
            grant.version(),
            grant.draft(),
            grant.dataKeyId(),
            grant.segmentSize());
    if (now.equals(opened)) {
      return !live.isEmpty();
    }
    file.clear();
    live.clear();
    finalising = null;
    write(now);
    if (storage != null) {
      write(storage);
    }
    file.sync();
    return false;
  }

  /** The objects that have been begun and not given up. */
  synchronized List<JournaledObject> liveObjects() {
    return List.copyOf(live.values());
  }

  /** The object that was begun for exactly this content at this place, if there is one. */
  synchronized Optional<JournaledObject> objectFor(HashedFile hashed) {
    return live.values().stream().filter(object -> object.isFor(hashed)).findFirst();
  }

  /** The draft that the journal is about, once one was taken up. */
  synchronized Optional<DraftId> draft() {
    return Optional.ofNullable(opened).map(JournalRecord.Opened::draft);
  }

  /** The origin that parts go to, when one was taken because none was named. */
  synchronized Optional<String> storage() {
    return Optional.ofNullable(storage).map(JournalRecord.StorageChosen::origin);
  }

  /** Notes the origin that parts go to; on disk when this returns. */
  void storageChosen(String origin) {
    synchronized (this) {
      write(new JournalRecord.StorageChosen(origin));
    }
    file.sync();
  }

  /** The manifest that an earlier run was about to send when it ended. */
  synchronized Optional<ManifestDigest> finalising() {
    return Optional.ofNullable(finalising);
  }

  synchronized JournaledObject begun(
      String objectName, HashedFile hashed, StreamHeader header, long partSize) {
    if (live.containsKey(objectName)) {
      throw new Problem(
          ProblemCode.JOURNAL_MISMATCH, "the service gave the name of an object twice");
    }
    write(
        new JournalRecord.Begun(
            objectName,
            hashed.index(),
            hashed.source().path(),
            hashed.source().size(),
            hashed.sha256(),
            Blob.of(header.bytes()),
            partSize));
    JournaledObject object = live.get(objectName);
    if (object == null) {
      throw new IllegalStateException("a begun object is live");
    }
    return object;
  }

  /**
   * Notes the plaintext of a part. When this returns, the record and that of the object are on the
   * disk, and ciphertext may leave.
   *
   * @return false when the journal holds another digest for this part: the object is spoilt
   */
  boolean partHashed(JournaledObject object, int part, Sha256Digest sha256) {
    synchronized (this) {
      Optional<Sha256Digest> known = object.hash(part);
      if (known.isPresent() && !known.get().equals(sha256)) {
        return false;
      }
      if (known.isEmpty()) {
        write(new JournalRecord.PartHashed(object.objectName(), part, sha256));
      }
    }
    file.sync();
    return true;
  }

  synchronized void partUploaded(JournaledObject object, int part, String etag) {
    write(new JournalRecord.PartUploaded(object.objectName(), part, etag));
  }

  synchronized void completed(JournaledObject object) {
    write(new JournalRecord.Completed(object.objectName()));
  }

  /** Notes that an object is given up; on disk when this returns. */
  void abandoned(JournaledObject object) {
    synchronized (this) {
      write(new JournalRecord.Abandoned(object.objectName()));
    }
    file.sync();
  }

  /** Notes which manifest is about to be sent; on disk when this returns. */
  void finalising(ManifestDigest digest) {
    synchronized (this) {
      write(new JournalRecord.Finalising(digest));
    }
    file.sync();
  }

  /** Deletes the journal: the version is published. */
  synchronized void finished() {
    file.delete();
  }

  private void write(JournalRecord record) {
    file.append(record);
    apply(record);
  }

  private void apply(JournalRecord record) {
    switch (record) {
      case JournalRecord.Opened now -> opened = now;
      case JournalRecord.StorageChosen chosen -> storage = chosen;
      case JournalRecord.Begun begun -> live.put(begun.objectName(), new JournaledObject(begun));
      case JournalRecord.PartHashed part ->
          object(part.objectName()).putHash(part.part(), part.sha256());
      case JournalRecord.PartUploaded part ->
          object(part.objectName()).putEtag(part.part(), part.etag());
      case JournalRecord.Completed completed -> object(completed.objectName()).setCompleted();
      case JournalRecord.Abandoned abandoned -> live.remove(abandoned.objectName());
      case JournalRecord.Finalising about -> finalising = about.manifestDigest();
    }
  }

  private JournaledObject object(String objectName) {
    JournaledObject object = live.get(objectName);
    if (object == null) {
      throw new Problem(
          ProblemCode.JOURNAL_MISMATCH,
          "the journal speaks of an object that it has not begun; abandon the draft"
              + " (strongroom version abandon), remove the journal, publish again");
    }
    return object;
  }

  @Override
  public void close() {
    file.close();
  }
}
