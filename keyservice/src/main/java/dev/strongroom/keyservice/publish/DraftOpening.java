package dev.strongroom.keyservice.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.keyservice.catalog.Draft;
import dev.strongroom.keyservice.catalog.DraftStore;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.proof.VerifiedDraftRequest;
import dev.strongroom.keyservice.publish.PublishRight.Asked;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Opens the draft of a version, or the open one again: the same data key is sealed to the new
 * writer, which gets a higher fence, and the release is recorded (grant protocol, section 8).
 */
final class DraftOpening {
  private static final int DATA_KEY_BYTES = 32;

  private final String origin;
  private final SigningKey grantKey;
  private final DraftStore drafts;
  private final KeyWrapper kek;
  private final WrappingGate gate;
  private final Ledger ledger;
  private final SecureRandom random;
  private final InstantSource clock;

  DraftOpening(
      String origin,
      SigningKey grantKey,
      DraftStore drafts,
      KeyWrapper kek,
      WrappingGate gate,
      Ledger ledger,
      SecureRandom random,
      InstantSource clock) {
    this.origin = origin;
    this.grantKey = grantKey;
    this.drafts = drafts;
    this.kek = kek;
    this.gate = gate;
    this.ledger = ledger;
    this.random = random;
    this.clock = clock;
  }

  /**
   * Opens.
   *
   * <p>The fence is taken before the release is recorded and the writers before are fenced off
   * after it: a request that is refused at the ordering point, a replay for one, fences nobody off.
   *
   * @throws Problem {@link ProblemCode#VERSION_EXISTS}, {@link ProblemCode#REVOKED}, {@link
   *     ProblemCode#DATA_KEY_ERASED}, {@link ProblemCode#DRAFT_FENCED} when a later writer was
   *     quicker, {@link ProblemCode#OVERLOADED} while the draft is being finalised or abandoned,
   *     and what key backend, log and store throw
   */
  DraftResponse open(VerifiedDraftRequest request, Asked asked, Sha256Digest policyDigest) {
    requireUnused(request);
    PublishRight.requireNotErased(ledger.view(), asked.target());
    Draft draft = openOrFind(asked.target());
    long fence = drafts.nextFence(draft.id()).orElseThrow(Writers::busy);
    Instant now = clock.instant();
    DraftGrant grant = grant(request, asked, draft, fence, now);
    String text = grantKey.sign(MessageType.DRAFT_GRANT, CanonicalJson.writeRecord(grant));
    SealedKey sealedKey = seal(request.body(), draft, grant, text);
    LogEvent.DraftKeyReleased event = event(request, grant, text, sealedKey, policyDigest, now);
    var entry =
        ledger.commit(view -> {
          PublishRight.requireNotRevoked(view, asked.holder(), asked.target());
          return event;
        });
    if (!drafts.admitWriter(draft.id(), fence, asked.jkt(), asked.identity().canonical())) {
      throw Writers.fenced();
    }
    return new DraftResponse(text, sealedKey, entry.leaf(), entry.receipt());
  }

  // The ordering point decides; this look spares a replay the work and the fence.
  private void requireUnused(VerifiedDraftRequest request) {
    if (ledger.view().nonceUsed(request.nonce().hash())) {
      throw new Problem(
          ProblemCode.NONCE_USED, "this nonce was used already; get a new one and ask again");
    }
  }

  private Draft openOrFind(ModelVersion target) {
    return drafts
        .find(target)
        .filter(draft -> draft.state() == Draft.State.OPEN)
        .orElseGet(() -> openFresh(target));
  }

  private Draft openFresh(ModelVersion target) {
    Draft fresh =
        new Draft(
            DraftId.random(random),
            target,
            DataKeyId.random(random),
            0,
            "",
            "",
            Draft.State.OPEN,
            clock.instant().getEpochSecond());
    try (WrappingGate.Passage _ = gate.wrapping();
        SecretBytes dataKey = SecretBytes.random(DATA_KEY_BYTES, random)) {
      return drafts.openOrFind(fresh, kek.wrap(dataKey, context(fresh)));
    }
  }

  private static WrapContext context(Draft draft) {
    return new WrapContext(draft.target(), draft.dataKeyId(), null);
  }

  private DraftGrant grant(
      VerifiedDraftRequest request, Asked asked, Draft draft, long fence, Instant now) {
    return new DraftGrant(
        DraftGrant.FORMAT,
        origin,
        draft.id(),
        fence,
        draft.target().model(),
        draft.target().version(),
        draft.dataKeyId(),
        new Grant.Confirmation(asked.jkt()),
        request.body().suite(),
        Sha256Digest.of(request.body().sealKey().bytes()),
        request.nonce().hash(),
        asked.identity().canonical(),
        SegmentLayout.DEFAULT_SEGMENT_SIZE,
        now.getEpochSecond());
  }

  private SealedKey seal(DraftBody body, Draft draft, DraftGrant grant, String text) {
    try (SecretBytes dataKey =
        kek.unwrap(drafts.wrappedKey(draft).orElseThrow(Writers::busy), context(draft))) {
      return SealedKey.seal(
          body.suite(),
          body.sealKey().bytes(),
          DraftGrant.sealInfo(text),
          grant.sealContext(),
          dataKey);
    }
  }

  private static LogEvent.DraftKeyReleased event(
      VerifiedDraftRequest request,
      DraftGrant grant,
      String text,
      SealedKey sealedKey,
      Sha256Digest policyDigest,
      Instant now) {
    return new LogEvent.DraftKeyReleased(
        now.toEpochMilli(),
        grant.draft(),
        grant.fence(),
        grant.model(),
        grant.version(),
        grant.dataKeyId(),
        grant.subject(),
        grant.cnf().jkt(),
        grant.nonceHash(),
        request.nonce().expiresAt(),
        Sha256Digest.of(text.getBytes(StandardCharsets.US_ASCII)),
        sealedKey.digest(),
        policyDigest);
  }
}
