package dev.strongroom.keyservice.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftObjects;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.catalog.ObjectRemovals;
import dev.strongroom.keyservice.catalog.PublicationStore;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.Refusal;
import dev.strongroom.keyservice.proof.ProvenCaller;
import dev.strongroom.keyservice.proof.VerifiedDraftRequest;
import dev.strongroom.keyservice.publish.PublishRight.Asked;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;

/**
 * How a version comes to be (grant protocol, section 8). A draft has one data key and one writer;
 * its objects go to the storage by presigned URLs; what is published is recorded first and never
 * changes. Thread-safe; calls block.
 *
 * <p>Callers are verified already: identity, proof key, and for an opening the whole request.
 */
public final class PublishFlow {
  private static final int POLICY_ATTEMPTS = 3;

  private final PublishRight right;
  private final Writers writers;
  private final DraftStore drafts;
  private final DraftObjects objects;
  private final PublicationStore publications;
  private final DraftOpening opening;
  private final ObjectUploads uploads;
  private final Finalising finalising;
  private final Settlement settlement;
  private final StorageCleaner cleaner;
  private final Ledger ledger;
  private final LogHistory history;
  private final InstantSource clock;

  /**
   * Settles what a former process left unfinished, then is ready.
   *
   * @param origin of this service
   * @param grantKey signs draft grants
   * @param gate of all that wrap under this KEK, and of who erases it
   * @param policy the one in force
   * @param refusals how many of one subject are recorded, here and elsewhere together
   * @param summary counts the others
   * @param publishers whose manifests are accepted, and for which models
   * @throws Problem {@link ProblemCode#STORE_UNAVAILABLE}, {@link ProblemCode#LOG_UNAVAILABLE} or
   *     {@link ProblemCode#LOG_CORRUPT} when that cannot be settled
   */
  public PublishFlow(
      String origin,
      SigningKey grantKey,
      Supplier<Policy> policy,
      List<TrustBundle.Publisher> publishers,
      Jdbi jdbi,
      KeyWrapper kek,
      WrappingGate gate,
      ObjectStorage storage,
      Ledger ledger,
      LogHistory history,
      ExplanationStore explanations,
      RefusalBudget refusals,
      DenialSummary summary,
      PublishLimits limits,
      SecureRandom random,
      InstantSource clock) {
    this.drafts = new DraftStore(jdbi);
    this.objects = new DraftObjects(jdbi);
    this.publications = new PublicationStore(jdbi);
    this.right = new PublishRight(policy, ledger, explanations, refusals, summary, random, clock);
    this.writers = new Writers(drafts, ledger, right);
    this.cleaner = new StorageCleaner(new ObjectRemovals(jdbi), storage);
    this.settlement = new Settlement(drafts, publications, ledger);
    this.opening = new DraftOpening(origin, grantKey, drafts, kek, gate, ledger, random, clock);
    this.uploads = new ObjectUploads(writers, objects, storage, cleaner, limits, random);
    this.finalising =
        new Finalising(
            new ManifestChecks(publishers, objects, storage, clock),
            drafts,
            publications,
            settlement,
            kek,
            gate,
            ledger,
            clock);
    this.ledger = ledger;
    this.history = history;
    this.clock = clock;
    settlement.begin(history);
    cleaner.clean();
  }

  /**
   * Opens the draft of a version, or the open one again.
   *
   * @throws Refusal when the policy does not allow it
   * @throws Problem {@link ProblemCode#VERSION_EXISTS}, {@link ProblemCode#REVOKED}, {@link
   *     ProblemCode#NONCE_USED}, {@link ProblemCode#DRAFT_FENCED}, and faults
   */
  public DraftResponse open(VerifiedDraftRequest request, Identity identity, String peerAddress) {
    Asked asked =
        new Asked(identity, request.jkt(), request.body().target(), request.nonce(), peerAddress);
    return decided(asked, policyDigest -> opening.open(request, asked, policyDigest));
  }

  /**
   * Begins an object.
   *
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#DRAFT_FENCED}, {@link
   *     ProblemCode#REVOKED}, {@link ProblemCode#TOO_LARGE}, and faults
   */
  public Upload.Begun beginObject(ProvenCaller caller, DraftId id, Upload.Begin wanted) {
    return uploads.begin(id, caller, wanted);
  }

  /**
   * Presigned PUTs for parts of an object.
   *
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#DRAFT_FENCED}, {@link
   *     ProblemCode#REVOKED}, {@link ProblemCode#OBJECT_MISMATCH} when the draft has no such object
   *     or it is whole, {@link ProblemCode#MALFORMED_REQUEST} for parts that it does not have
   */
  public Upload.PartUrls partUrls(
      ProvenCaller caller, DraftId id, String objectName, Upload.PartsWanted wanted) {
    return uploads.partUrls(id, caller, objectName, wanted);
  }

  /**
   * Puts an object together. A second call gives the same answer.
   *
   * @throws Problem as {@link #partUrls}, and {@link ProblemCode#OBJECT_MISMATCH} when the parts
   *     are not there or make another size than announced
   */
  public Upload.Completed completeObject(
      ProvenCaller caller, DraftId id, String objectName, Upload.Complete wanted) {
    return uploads.complete(id, caller, objectName, wanted);
  }

  /**
   * Gives an object up; harmless when it is not there.
   *
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#DRAFT_FENCED}, {@link
   *     ProblemCode#REVOKED}
   */
  public void abandonObject(ProvenCaller caller, DraftId id, String objectName) {
    uploads.abandon(id, caller, objectName);
  }

  /**
   * Asked before a large body is read: whether the caller writes this draft, or wrote it before it
   * became a version.
   *
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#DRAFT_FENCED}, {@link
   *     ProblemCode#REVOKED} while the draft is one
   */
  public void requireWriter(ProvenCaller caller, DraftId id) {
    // One look: a draft that becomes a version between two is neither at the second.
    Optional<Draft> draft = drafts.find(id);
    if (draft.isPresent()) {
      writers.requireHeld(draft.get(), caller);
    } else {
      PublicationStore.Finalised _ = publishedBy(caller, id);
    }
  }

  /**
   * Publishes. Asked again by the same writer with the same manifest, it gives the same entry with
   * a fresh receipt.
   *
   * @throws Refusal when the policy does not allow it
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#DRAFT_FENCED}, {@link
   *     ProblemCode#VERSION_EXISTS} when it is published with another manifest, {@link
   *     ProblemCode#PUBLISHER_UNKNOWN}, {@link ProblemCode#MANIFEST_SIGNATURE_INVALID}, {@link
   *     ProblemCode#MANIFEST_INVALID}, {@link ProblemCode#OBJECT_MISMATCH}, {@link
   *     ProblemCode#REVOKED}, and faults
   */
  public Upload.Published finalise(
      ProvenCaller caller, DraftId id, Upload.Finalise wanted, String peerAddress) {
    Optional<Draft> found = drafts.find(id);
    if (found.isEmpty()) {
      return alreadyPublished(caller, id, wanted);
    }
    Draft draft = Writers.require(found.get(), caller.jkt(), wanted.fence());
    Asked asked = new Asked(caller.identity(), caller.jkt(), draft.target(), null, peerAddress);
    return decided(
        asked, policyDigest -> finalising.finalise(draft, wanted.manifest(), asked, policyDigest));
  }

  private Upload.Published alreadyPublished(
      ProvenCaller caller, DraftId id, Upload.Finalise wanted) {
    PublicationStore.Finalised done = publishedBy(caller, id);
    if (!done.envelope().equals(wanted.manifest())) {
      throw new Problem(
          ProblemCode.VERSION_EXISTS,
          "this draft is published with another manifest and never changes");
    }
    LogHistory.Recorded entry = history.at(done.logIndex());
    return new Upload.Published(done.manifestDigest(), entry.leaf(), entry.receipt());
  }

  private PublicationStore.Finalised publishedBy(ProvenCaller caller, DraftId id) {
    return publications
        .finalised(id)
        .filter(version -> version.jkt().equals(caller.jkt()))
        .orElseThrow(() ->
            new Problem(ProblemCode.DRAFT_UNKNOWN, "there is no such draft; list the open ones"));
  }

  /**
   * The entry of a version's publication with a fresh receipt, for who may read the version: its
   * writer may have ended before the answer came, and has another proof key then.
   *
   * @throws Problem {@link ProblemCode#VERSION_UNKNOWN}, {@link ProblemCode#LOG_CORRUPT}, {@link
   *     ProblemCode#LOG_UNAVAILABLE}
   */
  public Upload.Published publicationOf(ModelVersion target) {
    PublicationStore.Entry published =
        publications
            .entryOf(target)
            .orElseThrow(() ->
                new Problem(ProblemCode.VERSION_UNKNOWN, "no version of this name is published"));
    LogHistory.Recorded entry = history.at(published.logIndex());
    return new Upload.Published(published.manifestDigest(), entry.leaf(), entry.receipt());
  }

  /**
   * Gives a draft up: its wrapped data key is erased, its uploads and objects are removed.
   *
   * @throws Refusal when the policy does not allow the caller to publish this version
   * @throws Problem {@link ProblemCode#DRAFT_UNKNOWN}, {@link ProblemCode#REVOKED}, {@link
   *     ProblemCode#OVERLOADED} while it is being finalised, and faults
   */
  public void abandonDraft(ProvenCaller caller, DraftId id, String peerAddress) {
    Draft draft = writers.known(id);
    Asked asked = new Asked(caller.identity(), caller.jkt(), draft.target(), null, peerAddress);
    decided(asked, policyDigest -> recordAbandon(asked, draft, policyDigest));
    drafts.confirmAbandon(id);
    cleaner.clean();
  }

  private DraftId recordAbandon(Asked asked, Draft draft, Sha256Digest policyDigest) {
    DraftId id = draft.id();
    if (!drafts.beginAbandon(id, ledger.durableSize())) {
      throw Writers.busy();
    }
    LogEvent.DraftAbandoned event =
        new LogEvent.DraftAbandoned(
            clock.millis(),
            id,
            draft.target().model(),
            draft.target().version(),
            asked.identity().canonical());
    settlement.record(
        id,
        view -> {
          PublishRight.requireNotRevoked(view, asked.holder(), asked.target());
          PublishRight.requireInForce(view, policyDigest);
          return event;
        },
        drafts::withdrawAbandon);
    return id;
  }

  /** The drafts that the caller may publish, oldest first. */
  public List<DraftSummary> drafts(ProvenCaller caller, String peerAddress) {
    return drafts.all().stream()
        .filter(draft ->
            right.allows(
                new Asked(caller.identity(), caller.jkt(), draft.target(), null, peerAddress)))
        .map(this::summary)
        .toList();
  }

  private DraftSummary summary(Draft draft) {
    return new DraftSummary(
        draft.id(),
        draft.target().model(),
        draft.target().version(),
        draft.subject(),
        draft.fence(),
        draft.openedAt(),
        objects.objects(draft.id()).stream()
            .map(object -> new Upload.ObjectState(object.name(), object.size(), object.etag()))
            .toList());
  }

  /** Decides again when the policy changed between decision and record; records refusals. */
  private <T> T decided(Asked asked, Function<Sha256Digest, T> act) {
    for (int attempt = 1; ; attempt++) {
      Sha256Digest policyDigest = right.require(asked);
      try {
        return act.apply(policyDigest);
      } catch (Problem e) {
        if (e.code() != ProblemCode.POLICY_CHANGED || attempt == POLICY_ATTEMPTS) {
          if (isRefusal(e)) {
            right.recordRefusal(asked, policyDigest, e);
          }
          throw e;
        }
      }
    }
  }

  // What an auditor wants to read; not what only asks for another try, or is our own fault. Who was
  // overtaken by another writer was released the key, and the log says so already.
  private static boolean isRefusal(Problem e) {
    return switch (e.code().category()) {
      case DENY, CALLER -> e.code() != ProblemCode.DRAFT_FENCED;
      case RETRY, OPERATOR -> false;
    };
  }
}
