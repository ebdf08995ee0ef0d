package dev.strongroom.cli.publish;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.core.weights.VersionKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Asks for a draft and its data key, with a fresh seal key and a fresh proof key, and believes no
 * answer before it is verified: the grant's signature, its binding to what was asked, the receipt;
 * only then is the sealed key opened.
 */
final class DraftOpening implements AutoCloseable {
  private static final int MAX_GRANT_CHARS = 16 << 10;

  private final TrustBundle trust;
  private final LogTrust logTrust;
  private final InstantSource clock;
  private final ModelVersion target;
  private final Nonce nonce;
  private final SigningKey proofKey;
  private final SealKeyPair sealKey;

  DraftOpening(
      TrustBundle trust,
      LogTrust logTrust,
      InstantSource clock,
      ModelVersion target,
      Nonce nonce,
      SigningKey proofKey,
      SealKeyPair sealKey) {
    this.trust = trust;
    this.logTrust = logTrust;
    this.clock = clock;
    this.target = target;
    this.nonce = nonce;
    this.proofKey = proofKey;
    this.sealKey = sealKey;
  }

  /** The signed request. */
  DraftRequest request(String identityToken) {
    DraftBody body =
        new DraftBody(
            DraftBody.FORMAT,
            trust.origin(),
            target.model(),
            target.version(),
            nonce.nonce(),
            sealKey.suite(),
            Blob.of(sealKey.publicKey()),
            Sha256Digest.of(identityToken.getBytes(StandardCharsets.US_ASCII)));
    return new DraftRequest(
        proofKey.signWithKey(MessageType.DRAFT_REQUEST, CanonicalJson.writeRecord(body)),
        identityToken);
  }

  /** What a verified answer gives. */
  record Opened(DraftGrant grant, VersionKey key) {}

  /**
   * Verifies the answer and opens the key.
   *
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}, {@link
   *     ProblemCode#GRANT_MISMATCH}, {@link ProblemCode#RECEIPT_INVALID}, {@link
   *     ProblemCode#SEALED_KEY_INVALID}
   */
  Opened open(DraftResponse response) {
    Instant now = clock.instant();
    DraftGrant grant = verifySignature(response.draftGrant(), now);
    verifyBinding(grant);
    verifyReceipt(response, grant, now);
    try (SecretBytes dataKey =
        sealKey.open(
            response.sealedKey(),
            DraftGrant.sealInfo(response.draftGrant()),
            grant.sealContext())) {
      return new Opened(grant, VersionKey.of(dataKey));
    }
  }

  private DraftGrant verifySignature(String text, Instant now) {
    ProblemCode refusal = ProblemCode.GRANT_SIGNATURE_INVALID;
    UnverifiedJws jws =
        UnverifiedJws.parse(text, MessageType.DRAFT_GRANT, MAX_GRANT_CHARS, refusal);
    byte[] payload = jws.verify(trust.grantKey(jws.keyId(), now), refusal);
    return CanonicalJson.parse(payload, DraftGrant.class, MAX_GRANT_CHARS);
  }

  private void verifyBinding(DraftGrant grant) {
    require(grant.iss().equals(trust.origin()), "origin");
    require(grant.target().equals(target), "model or version");
    require(grant.cnf().jkt().equals(proofKey.thumbprint()), "proof key");
    require(grant.suite() == sealKey.suite(), "suite");
    require(grant.sealKeyHash().equals(Sha256Digest.of(sealKey.publicKey())), "seal key");
    require(grant.nonceHash().equals(nonce.hash()), "nonce");
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new Problem(
          ProblemCode.GRANT_MISMATCH,
          "the draft grant is not about what was asked for (" + what + "); do not use this service");
    }
  }

  private void verifyReceipt(DraftResponse response, DraftGrant grant, Instant now) {
    byte[] leaf = response.leaf().bytes();
    try {
      ReceiptVerifier.verify(Receipt.parse(response.receipt(), leaf), leaf, logTrust, now);
    } catch (AuditLogException e) {
      throw notInLog("it does not verify (" + e.code().wireName() + "): " + e.getMessage());
    }
    Sha256Digest grantHash =
        Sha256Digest.of(response.draftGrant().getBytes(StandardCharsets.US_ASCII));
    boolean aboutThis =
        EventCodec.read(leaf) instanceof LogEvent.DraftKeyReleased released
            && released.draftGrantHash().equals(grantHash)
            && released.sealedKeyHash().equals(response.sealedKey().digest())
            && released.draft().equals(grant.draft());
    if (!aboutThis) {
      throw notInLog("its entry is about another release");
    }
  }

  private static Problem notInLog(String why) {
    return new Problem(
        ProblemCode.RECEIPT_INVALID,
        "the receipt for the data key is not valid: " + why + "; the key was not opened");
  }

  /** Wipes the seal key. */
  @Override
  public void close() {
    sealKey.close();
  }
}
