package dev.strongroom.keyservice.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog.StoredObject;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.catalog.PreparedVersion;
import dev.strongroom.keyservice.catalog.PublicationStore;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.publish.PublishRight.Asked;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Makes a draft a version: checked, rewrapped, recorded, then visible; never changed after. */
final class Finalising {
  private final ManifestChecks checks;
  private final DraftStore drafts;
  private final PublicationStore publications;
  private final Settlement settlement;
  private final KeyWrapper kek;
  private final WrappingGate gate;
  private final Ledger ledger;
  private final InstantSource clock;

  Finalising(
      ManifestChecks checks,
      DraftStore drafts,
      PublicationStore publications,
      Settlement settlement,
      KeyWrapper kek,
      WrappingGate gate,
      Ledger ledger,
      InstantSource clock) {
    this.checks = checks;
    this.drafts = drafts;
    this.publications = publications;
    this.settlement = settlement;
    this.kek = kek;
    this.gate = gate;
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * Finalises.
   *
   * @throws Problem what {@link ManifestChecks} throws, {@link ProblemCode#OVERLOADED} when the
   *     draft is another's by now or being finalised, {@link ProblemCode#REVOKED}, {@link
   *     ProblemCode#POLICY_CHANGED}, and what key backend, log and store throw
   */
  Upload.Published finalise(Draft draft, Blob envelope, Asked asked, Sha256Digest policyDigest) {
    VerifiedManifest verified = checks.verify(draft, envelope);
    List<StoredObject> objects = checks.objects(draft, verified.manifest());
    Sha256Digest digest = new Sha256Digest(verified.digest().hex());
    Instant now = clock.instant();
    prepare(draft, digest, envelope, objects, now);
    LogEvent.VersionPublished event = event(draft, verified, digest, asked, now);
    var entry =
        settlement.record(
            draft.id(),
            view -> {
              PublishRight.requireNotRevoked(view, asked.holder(), asked.target());
              PublishRight.requireInForce(view, policyDigest);
              return event;
            },
            publications::withdraw);
    publications.confirm(draft.id(), entry.index());
    return new Upload.Published(digest, entry.leaf(), entry.receipt());
  }

  // From the wrapping until its row is there: nobody who erases a KEK could count it meanwhile.
  private void prepare(
      Draft draft, Sha256Digest digest, Blob envelope, List<StoredObject> objects, Instant now) {
    try (WrappingGate.Passage _ = gate.wrapping()) {
      PreparedVersion prepared =
          new PreparedVersion(
              draft,
              digest,
              envelope,
              rewrap(draft, digest),
              objects,
              now.getEpochSecond(),
              ledger.durableSize());
      if (!publications.prepare(prepared)) {
        throw Writers.busy();
      }
    }
  }

  private WrappedKey rewrap(Draft draft, Sha256Digest digest) {
    try (SecretBytes dataKey =
        kek.unwrap(
            drafts.wrappedKey(draft).orElseThrow(Writers::busy),
            new WrapContext(draft.target(), draft.dataKeyId(), null))) {
      return kek.wrap(dataKey, new WrapContext(draft.target(), draft.dataKeyId(), digest));
    }
  }

  private static LogEvent.VersionPublished event(
      Draft draft, VerifiedManifest verified, Sha256Digest digest, Asked asked, Instant now) {
    Manifest manifest = verified.manifest();
    return new LogEvent.VersionPublished(
        now.toEpochMilli(),
        draft.id(),
        draft.target().model(),
        draft.target().version(),
        draft.dataKeyId(),
        digest,
        verified.signers().getFirst().hex(),
        asked.identity().canonical(),
        manifest.totals().files(),
        manifest.totals().plaintextBytes(),
        manifest.omsRootDigest());
  }
}
