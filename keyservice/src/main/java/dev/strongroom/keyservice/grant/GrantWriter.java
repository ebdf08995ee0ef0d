package dev.strongroom.keyservice.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.evidence.Appraiser.Appraisal;
import dev.strongroom.keyservice.ledger.Ledger.Committed;
import dev.strongroom.keyservice.policy.Decision;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what a grant consists of: the signed grant, the sealed key, the entry, the answer. */
public final class GrantWriter {
  private final String origin;
  private final SigningKey grantKey;
  private final ReadUrls urls;
  private final SecureRandom random;

  public GrantWriter(String origin, SigningKey grantKey, ReadUrls urls, SecureRandom random) {
    this.origin = origin;
    this.grantKey = grantKey;
    this.urls = urls;
    this.random = random;
  }

  SignedGrant sign(
      Asked asked, Appraisal evidence, Decision.Allowed allowed, PublishedVersion version) {
    GrantBody body = asked.body();
    Decision.LeaseTerms terms = allowed.terms();
    long now = asked.now().getEpochSecond();
    Grant grant =
        new Grant(
            Grant.FORMAT,
            origin,
            LeaseId.random(random),
            body.model(),
            body.version(),
            version.manifestDigest(),
            version.dataKeyId(),
            new Grant.Confirmation(asked.request().jkt()),
            body.suite(),
            Sha256Digest.of(body.sealKey().bytes()),
            asked.request().nonce().hash(),
            asked.identity().canonical(),
            body.podUid(),
            body.mode(),
            terms.onExpiry(),
            evidence.attested(),
            evidence.digest(),
            allowed.policyDigest(),
            now,
            now + terms.leaseSeconds(),
            terms.leaseSeconds(),
            terms.renewAfterSeconds(),
            terms.graceSeconds());
    return new SignedGrant(
        grant, grantKey.sign(MessageType.GRANT, CanonicalJson.writeRecord(grant)));
  }

  SealedKey seal(Asked asked, SignedGrant grant, SecretBytes dataKey) {
    return SealedKey.seal(
        asked.body().suite(),
        asked.body().sealKey().bytes(),
        Grant.sealInfo(grant.text()),
        grant.grant().sealContext(),
        dataKey);
  }

  LogEvent.GrantIssued event(
      Asked asked,
      Appraisal evidence,
      @Nullable PodPosture pod,
      SignedGrant signed,
      SealedKey sealedKey,
      DataKeySource source) {
    Grant grant = signed.grant();
    return new LogEvent.GrantIssued(
        asked.now().toEpochMilli(),
        grant.lease(),
        grant.model(),
        grant.version(),
        grant.manifestDigest(),
        grant.dataKeyId(),
        grant.subject(),
        tokenId(asked.identity().tokenId()),
        grant.podUid(),
        grant.cnf().jkt(),
        grant.nonceHash(),
        asked.request().nonce().expiresAt(),
        signed.hash(),
        sealedKey.digest(),
        grant.policyDigest(),
        grant.attested(),
        grant.evidenceDigest(),
        evidence.types(),
        grant.mode(),
        grant.onExpiry(),
        asked.body().leaseSeconds(),
        grant.leaseSeconds(),
        grant.graceSeconds(),
        grant.exp(),
        source,
        evidence.attested() ? evidence.claims() : null,
        pod,
        asked.identity().proof());
  }

  /** The answer as it can leave once the entry is durable. */
  GrantResponse answer(
      SignedGrant grant,
      SealedKey sealedKey,
      List<ObjectUrl> objects,
      PublishedVersion version,
      Committed<LogEvent.GrantIssued> entry) {
    return new GrantResponse(
        grant.text(), sealedKey, version.envelope(), objects, entry.leaf(), entry.receipt());
  }

  /** Presigned GETs for the first files of the version. */
  List<ObjectUrl> urls(PublishedVersion version) {
    return urls.first(version, GrantResponse.MAX_OBJECTS);
  }

  private static @Nullable Sha256Digest tokenId(@Nullable String jti) {
    return jti == null ? null : Sha256Digest.of(jti.getBytes(StandardCharsets.UTF_8));
  }
}
