package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.path.SourceFile;
import dev.strongroom.core.path.SourceTree;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.SegmentLayout;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Publishes a directory as one version: open, hash, encrypt and upload, sign, check, finalise. Run
 * again after a crash, it goes on from where the journal says. One instance publishes once.
 */
public final class PublishFlow {
  private static final long FIRST_FENCE = 1;

  private final DraftService service;
  private final PartUploader uploader;
  private final UploadOrigins origins;
  private final ManifestSigner signer;
  private final ManifestVerifier verifier;
  private final PublicationReceipt receipt;
  private final PublishListener listener;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * @param origins where the uploader may send parts
   * @param signer signs the manifest with the publisher's key
   * @param verifier trusts the publishers of this model as those do who will read it
   * @param receipt trusts the log that is to hold the publication
   */
  public PublishFlow(
      DraftService service,
      PartUploader uploader,
      UploadOrigins origins,
      ManifestSigner signer,
      ManifestVerifier verifier,
      PublicationReceipt receipt,
      PublishListener listener,
      InstantSource clock,
      SecureRandom random) {
    this.service = service;
    this.uploader = uploader;
    this.origins = origins;
    this.signer = signer;
    this.verifier = verifier;
    this.receipt = receipt;
    this.listener = listener;
    this.clock = clock;
    this.random = random;
  }

  /**
   * @throws Problem {@code SYMLINK_REFUSED}, {@code INVALID_PATH}, {@code NOT_FOUND} for the
   *     source; {@code SOURCE_CHANGED} when it does not hold still; {@code JOURNAL_MISMATCH};
   *     {@code STORAGE_UNAVAILABLE}; {@code PUBLISHER_UNKNOWN} when the key is not one that readers
   *     trust; {@code RECEIPT_INVALID} when the service does not prove that the publication is in
   *     the log; {@code VERSION_EXISTS} when the version is published, by others, or with other
   *     content than the directory holds; {@code CONFIGURATION_INVALID} when the papers cannot be
   *     written; what {@link DraftService} and {@link OpenDraft} throw
   */
  public Publication run(PublishOptions options) {
    SourceTree tree = scan(options);
    try (UploadJournal journal = UploadJournal.open(options.stateDirectory(), options.target())) {
      // Before the hours that hashing can take: the service says no to who has no right, an expired
      // token or a name that is taken.
      OpenDraft draft;
      try {
        draft = service.open(options.target());
      } catch (Problem e) {
        return publishedByEarlierRun(e, options, tree, journal);
      }
      try (draft) {
        return publish(options, tree, journal, draft);
      }
    }
  }

  private SourceTree scan(PublishOptions options) {
    SourceTree tree = SourceTree.walk(options.source());
    long bytes = tree.files().stream().mapToLong(SourceFile::size).sum();
    listener.on(new PublishEvent.Scanned(tree.files().size(), bytes));
    return tree;
  }

  private List<HashedFile> hash(PublishOptions options, SourceTree tree, int segmentSize) {
    try {
      List<HashedFile> hashed = hasher(options).hash(tree.files(), segmentSize);
      verifyModelSignature(options, hashed, HashedFile::path, HashedFile::sha256);
      return hashed;
    } catch (SourceChangedException e) {
      throw new Problem(
          ProblemCode.SOURCE_CHANGED,
          e.getMessage() + "; stop whatever writes to it and run the same command again",
          e);
    }
  }

  private SourceHasher hasher(PublishOptions options) {
    return new SourceHasher(options.workers(), listener);
  }

  // An earlier run may have ended between sending the manifest and hearing the answer, or refused
  // the receipt: that the version is there is no proof that it stands in the log.
  private Publication publishedByEarlierRun(
      Problem refusal, PublishOptions options, SourceTree tree, UploadJournal journal) {
    if (refusal.code() != ProblemCode.VERSION_EXISTS || journal.finalising().isEmpty()) {
      throw refusal;
    }
    DraftId draft = journal.draft().orElseThrow(() -> refusal);
    Blob envelope = service.publishedManifest(options.target()).orElseThrow(() -> refusal);
    VerifiedManifest published = verifier.verify(envelope.bytes());
    if (!published.digest().equals(journal.finalising().get())) {
      throw refusal;
    }
    new PublishedContent(published.manifest())
        .requireSame(hash(options, tree, SegmentLayout.DEFAULT_SEGMENT_SIZE));
    Upload.Published answer = service.publication(options.target());
    receipt.verify(answer, draft, published.manifest(), published.digest(), clock.instant());
    return finished(
        new Publication(published.manifest(), published.digest(), envelope, answer, true),
        options,
        journal);
  }

  // The journal goes last: without it no later run would ask for the proof again.
  private Publication finished(
      Publication publication, PublishOptions options, UploadJournal journal) {
    options.papers().ifPresent(papers -> new PublicationPapers(papers).write(publication));
    journal.finished();
    listener.on(new PublishEvent.Finalised(publication.digest()));
    return publication;
  }

  private Publication publish(
      PublishOptions options, SourceTree tree, UploadJournal journal, OpenDraft draft) {
    boolean resumed = journal.takeUp(draft.grant());
    origins.keepIn(journal);
    listener.on(
        new PublishEvent.DraftOpened(draft.grant().draft(), draft.grant().fence(), resumed));
    List<HashedFile> files = hash(options, tree, draft.grant().segmentSize());
    List<ManifestFile> uploaded = upload(options, files, journal, draft);
    Optional<Sha256Digest> omsRootDigest =
        verifyModelSignature(options, uploaded, ManifestFile::path, ManifestFile::sha256);
    Manifest manifest =
        Manifest.of(
            options.target(),
            draft.grant().dataKeyId(),
            draft.grant().segmentSize(),
            clock.instant(),
            uploaded,
            omsRootDigest.orElse(null));
    return finalise(manifest, options, journal, draft);
  }

  private List<ManifestFile> upload(
      PublishOptions options, List<HashedFile> files, UploadJournal journal, OpenDraft draft) {
    UploadContext context =
        new UploadContext(
            uploader,
            new Buffers(options.workers(), Long.MAX_VALUE),
            new Buffers(options.uploadsAtOnce(), options.bufferBytes()),
            listener);
    FileUpload upload = new FileUpload(context, draft, journal, hasher(options), random);
    abandonOutdated(files, journal, draft, upload);
    Semaphore underWay = new Semaphore(options.filesAtOnce());
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      TaskGroup<ManifestFile> group = new TaskGroup<>(executor);
      for (HashedFile file : files) {
        underWay.acquireUninterruptibly();
        group.start(() -> {
          try {
            return upload.run(file, executor);
          } finally {
            underWay.release();
          }
        });
        if (group.failed()) {
          break;
        }
      }
      return group.results();
    }
  }

  /**
   * Gives up what cannot be gone on with: objects of files that have changed, moved or gone since
   * an earlier run, and objects that an earlier run began but could not note in the journal.
   */
  private static void abandonOutdated(
      List<HashedFile> files, UploadJournal journal, OpenDraft draft, FileUpload upload) {
    // Nobody has written before the first writer.
    Set<String> atService =
        draft.grant().fence() == FIRST_FENCE ? new HashSet<>() : draft.objectNames();
    Map<Integer, HashedFile> byIndex = new HashMap<>();
    files.forEach(file -> byIndex.put(file.index(), file));
    for (JournaledObject object : journal.liveObjects()) {
      HashedFile file = byIndex.get(object.begun().index());
      boolean known = atService.remove(object.objectName());
      if (!known || file == null || !object.isFor(file)) {
        upload.abandon(object, "the file is not what it was when the object was begun");
      }
    }
    atService.forEach(draft::abandon);
  }

  private static <T> Optional<Sha256Digest> verifyModelSignature(
      PublishOptions options,
      Collection<T> files,
      Function<T, WeightPath> path,
      Function<T, Sha256Digest> sha256) {
    Map<WeightPath, Sha256Digest> digests = files.stream().collect(Collectors.toMap(path, sha256));
    return options.modelSignature().map(signature -> signature.verify(digests));
  }

  /** Signs, reads back as a reader does, and sends. */
  private Publication finalise(
      Manifest manifest, PublishOptions options, UploadJournal journal, OpenDraft draft) {
    Blob envelope = Blob.of(signer.sign(manifest).toJson());
    VerifiedManifest check = verifier.verify(envelope.bytes());
    if (!check.manifest().equals(manifest)) {
      throw new Problem(
          ProblemCode.MANIFEST_INVALID, "the signed manifest does not read as it was written");
    }
    journal.finalising(check.digest());
    listener.on(new PublishEvent.ManifestSigned(check.digest()));
    Upload.Published published = draft.finalise(envelope.bytes());
    if (!published.manifestDigest().hex().equals(check.digest().hex())) {
      throw new Problem(
          ProblemCode.MANIFEST_DIGEST_MISMATCH,
          "the service published another manifest than the one that was sent; revoke the version");
    }
    receipt.verify(published, draft.grant().draft(), manifest, check.digest(), clock.instant());
    return finished(
        new Publication(manifest, check.digest(), envelope, published, false), options, journal);
  }
}
