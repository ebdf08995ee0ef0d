package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.path.SourceFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.concurrent.ExecutorService;

/**
 * Uploads one file: goes on with the object that was begun for this content, or begins one. When
 * the file changes underneath, its object is given up, the file is hashed again, and a new object
 * with a new header takes its place.
 */
final class FileUpload {
  private final UploadContext context;
  private final OpenDraft draft;
  private final UploadJournal journal;
  private final SourceHasher hasher;
  private final SecureRandom random;

  FileUpload(
      UploadContext context,
      OpenDraft draft,
      UploadJournal journal,
      SourceHasher hasher,
      SecureRandom random) {
    this.context = context;
    this.draft = draft;
    this.journal = journal;
    this.hasher = hasher;
    this.random = random;
  }

  /**
   * @throws Problem {@link ProblemCode#SOURCE_CHANGED} when the file keeps changing, {@link
   *     ProblemCode#SYMLINK_REFUSED} when it has become a link, and what the service answers
   */
  ManifestFile run(HashedFile found, ExecutorService executor) {
    HashedFile file = found;
    for (int attempt = 1; ; attempt++) {
      JournaledObject object = objectFor(file);
      try {
        return new ObjectUpload(context, draft, journal, file, object).run(executor);
      } catch (SourceChangedException e) {
        abandon(object, e.why());
        if (attempt == PublishOptions.MAX_ATTEMPTS) {
          throw changing(e);
        }
        file = hashAgain(file);
      }
    }
  }

  private JournaledObject objectFor(HashedFile file) {
    return journal.objectFor(file).orElseGet(() -> begin(file));
  }

  private JournaledObject begin(HashedFile file) {
    SegmentLayout layout = file.segments().layout();
    Upload.Begun begun = draft.begin(layout.ciphertextSize());
    PartPlan plan = new PartPlan(layout, begun.partSize());
    if (plan.partCount() != begun.partCount()) {
      throw new Problem(
          ProblemCode.OBJECT_MISMATCH,
          "the service counts another number of parts; use a matching release of the service");
    }
    JournaledObject object =
        journal.begun(begun.objectName(), file, StreamHeader.random(random), begun.partSize());
    context
        .listener()
        .on(
            new PublishEvent.ObjectBegun(
                file.source().path(), begun.objectName(), begun.partCount()));
    return object;
  }

  /** Gives an object up, first in the journal: its header must not be used again. */
  void abandon(JournaledObject object, String reason) {
    journal.abandoned(object);
    draft.abandon(object.objectName());
    context
        .listener()
        .on(new PublishEvent.ObjectAbandoned(object.begun().path(), object.objectName(), reason));
  }

  private HashedFile hashAgain(HashedFile file) {
    SourceFile before = file.source();
    try {
      return hasher.hash(look(before), file.index(), file.segments().layout().segmentSize());
    } catch (SourceChangedException e) {
      throw changing(e);
    }
  }

  private static SourceFile look(SourceFile before) {
    try {
      BasicFileAttributes now =
          Files.readAttributes(before.file(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (now.isSymbolicLink()) {
        throw new Problem(
            ProblemCode.SYMLINK_REFUSED,
            "'" + before.path() + "' has become a symbolic link; copy what it points to");
      }
      return new SourceFile(
          before.path(), before.file(), before.mode(), now.size(), now.lastModifiedTime());
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.SOURCE_CHANGED,
          "'" + before.path() + "' can no longer be read; put it back and publish again",
          e);
    }
  }

  private static Problem changing(SourceChangedException e) {
    return new Problem(
        ProblemCode.SOURCE_CHANGED,
        e.getMessage() + "; stop whatever writes to it and run the same command again",
        e);
  }
}
