package dev.strongroom.delivery.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.trust.TrustBundle;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What a publisher checks, in this order, before it opens the data key of a draft: signature,
 * answer to the request, entry in the log; as {@link GrantVerification}, without a manifest, which
 * does not exist yet.
 */
public final class DraftVerification {
  private final TrustBundle trust;
  private final PinnedLog log;
  private final InstantSource clock;

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for a bundle with unusable log keys
   */
  public DraftVerification(TrustBundle trust, InstantSource clock) {
    this.trust = trust;
    this.log = PinnedLog.of(trust.log());
    this.clock = clock;
  }

  /**
   * Verifies an answer and opens its key.
   *
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}, {@link
   *     ProblemCode#GRANT_MISMATCH}, {@link ProblemCode#RECEIPT_INVALID}, {@link
   *     ProblemCode#SEALED_KEY_INVALID}
   */
  public VerifiedDraft verify(DraftResponse answer, DraftBody sent, GrantKeys keys) {
    Instant now = clock.instant();
    DraftGrant grant = signedByPinnedKey(answer, now);
    answersTheRequest(grant, sent, keys);
    long index = standsInTheLog(answer, grant, now);
    return new VerifiedDraft(grant, open(answer, grant, keys), index);
  }

  private DraftGrant signedByPinnedKey(DraftResponse answer, Instant now) {
    return SignedAnswer.read(
        answer.draftGrant(), MessageType.DRAFT_GRANT, DraftGrant.class, trust, now);
  }

  private void answersTheRequest(DraftGrant grant, DraftBody sent, GrantKeys keys) {
    SignedAnswer.requireAnswers(
        trust,
        new SignedAnswer.Terms(
            sent.origin(),
            sent.model(),
            sent.version(),
            keys.proofKey().thumbprint(),
            sent.suite(),
            Sha256Digest.of(sent.sealKey().bytes()),
            Nonce.hash(sent.nonce())),
        new SignedAnswer.Terms(
            grant.iss(),
            grant.model(),
            grant.version(),
            grant.cnf().jkt(),
            grant.suite(),
            grant.sealKeyHash(),
            grant.nonceHash()));
  }

  private long standsInTheLog(DraftResponse answer, DraftGrant grant, Instant now) {
    PinnedLog.Logged<LogEvent.DraftKeyReleased> logged =
        log.verify(answer.leaf(), answer.receipt(), LogEvent.DraftKeyReleased.class, now);
    LogEvent.DraftKeyReleased event = logged.event();
    Sha256Digest hash = SignedAnswer.hash(answer.draftGrant());
    boolean same =
        event.draftGrantHash().equals(hash)
            && event.sealedKeyHash().equals(answer.sealedKey().digest())
            && event.draft().equals(grant.draft());
    if (!same) {
      throw PinnedLog.invalid("its entry is about another draft or another sealed key", null);
    }
    return logged.index();
  }

  private static SecretBytes open(DraftResponse answer, DraftGrant grant, GrantKeys keys) {
    return keys.sealKey()
        .open(answer.sealedKey(), DraftGrant.sealInfo(answer.draftGrant()), grant.sealContext());
  }
}
