package dev.strongroom.delivery.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What a holder checks, in this order, before it opens a data key (grant protocol, section 4.3):
 *
 * <ol>
 *   <li>the grant is signed by a pinned key that is valid now
 *   <li>it answers the request that was sent: origin, model, version, proof key, seal key, suite,
 *       nonce, mode, pod
 *   <li>its release stands in the pinned log, and the entry names this grant and this sealed key
 *   <li>the manifest is signed by a pinned publisher of this model, and is the one that the grant
 *       names
 *   <li>only then the sealed key is opened
 * </ol>
 *
 * The commitment of each file is checked after that, before the first plaintext.
 */
public final class GrantVerification {
  private final TrustBundle trust;
  private final PinnedLog log;
  private final InstantSource clock;

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for a bundle with unusable log keys
   */
  public GrantVerification(TrustBundle trust, InstantSource clock) {
    this.trust = trust;
    this.log = PinnedLog.of(trust.log());
    this.clock = clock;
  }

  /**
   * Verifies an answer and opens its key.
   *
   * @param sent the request that it answers
   * @param keys the keys of that request
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}, {@link
   *     ProblemCode#GRANT_MISMATCH}, {@link ProblemCode#RECEIPT_INVALID}, {@link
   *     ProblemCode#PUBLISHER_UNKNOWN}, {@link ProblemCode#MANIFEST_SIGNATURE_INVALID}, {@link
   *     ProblemCode#MANIFEST_INVALID}, {@link ProblemCode#MANIFEST_DIGEST_MISMATCH}, {@link
   *     ProblemCode#SEALED_KEY_INVALID}
   */
  public VerifiedGrant verify(GrantResponse answer, GrantBody sent, GrantKeys keys) {
    Instant now = clock.instant();
    Grant grant = signedByPinnedKey(answer, now);
    answersTheRequest(grant, sent, keys);
    long index = standsInTheLog(answer, grant, now);
    VerifiedManifest manifest = namesTheManifest(answer, grant, now);
    SecretBytes dataKey = open(answer, grant, keys);
    return new VerifiedGrant(grant, manifest, dataKey, answer.objects(), index);
  }

  // 1
  private Grant signedByPinnedKey(GrantResponse answer, Instant now) {
    return SignedAnswer.read(answer.grant(), MessageType.GRANT, Grant.class, trust, now);
  }

  // 2
  private void answersTheRequest(Grant grant, GrantBody sent, GrantKeys keys) {
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
    SignedAnswer.refuse("mode", sent.mode(), grant.mode());
    SignedAnswer.refuse("pod", sent.podUid(), grant.podUid());
  }

  // 3
  private long standsInTheLog(GrantResponse answer, Grant grant, Instant now) {
    PinnedLog.Logged<LogEvent.GrantIssued> logged =
        log.verify(answer.leaf(), answer.receipt(), LogEvent.GrantIssued.class, now);
    LogEvent.GrantIssued event = logged.event();
    Sha256Digest grantHash = SignedAnswer.hash(answer.grant());
    boolean same =
        event.grantHash().equals(grantHash)
            && event.sealedKeyHash().equals(answer.sealedKey().digest())
            && event.lease().equals(grant.lease())
            && event.manifestDigest().equals(grant.manifestDigest());
    if (!same) {
      throw PinnedLog.invalid("its entry is about another grant or another sealed key", null);
    }
    return logged.index();
  }

  // 4
  private VerifiedManifest namesTheManifest(GrantResponse answer, Grant grant, Instant now) {
    VerifiedManifest verified =
        new ManifestVerifier(
                trust.publisherKeys(grant.model(), now).stream().map(PinnedKey::publicKey).toList())
            .verify(answer.manifest().bytes());
    Manifest manifest = verified.manifest();
    boolean named =
        verified.digest().hex().equals(grant.manifestDigest().hex())
            && manifest.modelVersion().equals(grant.target())
            && manifest.dataKeyId().equals(grant.dataKeyId());
    if (!named) {
      throw new Problem(
          ProblemCode.MANIFEST_DIGEST_MISMATCH,
          "the manifest is signed, but it is not the one that the grant names");
    }
    return verified;
  }

  // 5
  private static SecretBytes open(GrantResponse answer, Grant grant, GrantKeys keys) {
    return keys.sealKey()
        .open(answer.sealedKey(), Grant.sealInfo(answer.grant()), grant.sealContext());
  }
}
