package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.FileSealer;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * One attempt at one object: encrypts the parts that are not uploaded yet, uploads them and has
 * them put together.
 *
 * <p>A part is read once, into memory that nobody else writes to, and compared segment by segment
 * with what the file held when it was hashed whole; its digest is on disk before it is encrypted.
 * So the parts of an object, whichever process encrypted them, are always those of the one content
 * that the journal names for its header.
 */
final class ObjectUpload {
  private final UploadContext context;
  private final OpenDraft draft;
  private final UploadJournal journal;
  private final HashedFile file;
  private final JournaledObject object;
  private final PartPlan plan;
  private final KeyContext keyContext;

  ObjectUpload(
      UploadContext context,
      OpenDraft draft,
      UploadJournal journal,
      HashedFile file,
      JournaledObject object) {
    this.context = context;
    this.draft = draft;
    this.journal = journal;
    this.file = file;
    this.object = object;
    this.plan = new PartPlan(file.segments().layout(), object.begun().partSize());
    this.keyContext =
        new KeyContext(
            draft.grant().target(), file.source().path(), file.index(), file.source().size());
  }

  /**
   * Does what is left to do.
   *
   * @return the file's entry in the manifest
   * @throws SourceChangedException when the file or the journal holds something else: the object
   *     must be given up
   */
  ManifestFile run(ExecutorService executor) {
    if (object.isCompleted()) {
      skip(1, plan.partCount());
    } else {
      uploadParts(executor);
      complete();
    }
    return manifestFile();
  }

  private void uploadParts(ExecutorService executor) {
    PartUrls urls = new PartUrls(draft, object.objectName(), plan.partCount());
    try (SourceReader reader = SourceReader.open(file.source());
        FileSealer sealer =
            draft.key().sealer(keyContext, object.header(), plan.layout().segmentSize())) {
      PartEncrypter encrypter = new PartEncrypter(reader, sealer, file);
      TaskGroup<Boolean> group = new TaskGroup<>(executor);
      for (int number = 1; number <= plan.partCount() && !group.failed(); number++) {
        if (object.etag(number).isPresent()) {
          skip(number, number);
          continue;
        }
        PartPlan.Part part = plan.part(number);
        byte[] ciphertext = context.ciphertexts().take(part.ciphertextLength());
        group.start(() -> {
          try {
            uploadPart(encrypter, urls, part, ciphertext);
            return true;
          } finally {
            context.ciphertexts().give(ciphertext);
          }
        });
      }
      group.results();
    }
  }

  private void uploadPart(
      PartEncrypter encrypter, PartUrls urls, PartPlan.Part part, byte[] ciphertext) {
    encrypt(encrypter, part, ciphertext);
    String etag =
        context
            .uploader()
            .put(
                urls,
                part.number(),
                ciphertext,
                part.ciphertextLength(),
                cause -> tell(new PublishEvent.PartRetried(path(), part.number(), cause)));
    journal.partUploaded(object, part.number(), etag);
    tell(new PublishEvent.PartUploaded(path(), part.number(), part.plaintextLength()));
  }

  private void encrypt(PartEncrypter encrypter, PartPlan.Part part, byte[] ciphertext) {
    byte[] plaintext = context.plaintexts().take(part.plaintextLength());
    try {
      Sha256Digest digest = encrypter.read(part, plaintext);
      if (!journal.partHashed(object, part.number(), digest)) {
        throw new SourceChangedException(
            path(), "the journal holds another digest for part " + part.number(), null);
      }
      encrypter.encrypt(part, plaintext, ciphertext);
      if (part.number() == plan.partCount()) {
        encrypter.checkTail(draft.key(), keyContext, part, ciphertext);
      }
    } finally {
      context.plaintexts().give(plaintext);
    }
    tell(new PublishEvent.PartEncrypted(path(), part.number(), part.plaintextLength()));
  }

  private void skip(int first, int last) {
    for (int number = first; number <= last; number++) {
      long bytes = plan.part(number).plaintextLength();
      tell(new PublishEvent.PartSkipped(path(), number, bytes));
    }
  }

  private void complete() {
    List<Upload.Part> parts = new ArrayList<>(plan.partCount());
    for (int number = 1; number <= plan.partCount(); number++) {
      String etag = object.etag(number).orElseThrow();
      parts.add(new Upload.Part(number, etag));
    }
    Upload.Completed completed = draft.complete(object.objectName(), parts);
    long expected = plan.layout().ciphertextSize();
    if (completed.size() != expected) {
      throw new Problem(
          ProblemCode.OBJECT_MISMATCH,
          "the storage holds "
              + completed.size()
              + " bytes of an object that has "
              + expected
              + "; abandon the draft (strongroom version abandon) and publish again");
    }
    journal.completed(object);
    tell(new PublishEvent.ObjectCompleted(path(), object.objectName()));
  }

  private ManifestFile manifestFile() {
    SegmentLayout layout = plan.layout();
    return new ManifestFile(
        file.index(),
        path(),
        file.source().mode(),
        layout.plaintextSize(),
        layout.ciphertextSize(),
        new ObjectName(object.objectName()),
        draft.key().commitment(keyContext),
        file.sha256());
  }

  private WeightPath path() {
    return file.source().path();
  }

  private void tell(PublishEvent event) {
    context.listener().on(event);
  }
}
