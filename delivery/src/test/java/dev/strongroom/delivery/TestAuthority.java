package dev.strongroom.delivery;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestCodec;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/**
 * The keys of a key service, its log and a publisher, and grants made with them as the
 * specification says. It decides nothing: whoever asks gets.
 */
public final class TestAuthority implements AutoCloseable {
  public static final String ORIGIN = "https://keys.example.org";
  public static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Sha256Digest POLICY = Sha256Digest.of(new byte[] {1});

  public final SigningKey grantKey = SigningKey.generate(SignatureAlgorithm.ES256);
  public final PublisherKey publisher = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  public final LogKeys logKeys;
  public final AuditLog log;
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;

  public TestAuthority(Path directory, InstantSource clock) {
    this.clock = clock;
    this.logKeys =
        LogKeys.generate(
            directory.resolve("ed25519.key"),
            directory.resolve("mldsa44.key"),
            "keys.example.org/log");
    this.log = AuditLog.open(AuditLogConfig.of(directory.resolve("log")), logKeys, clock);
  }

  public TrustBundle trust() {
    return trust(PinnedKey.of(grantKey.publicKey()), "acme/*");
  }

  public TrustBundle trust(PinnedKey pinnedGrantKey, String publisherOf) {
    return new TrustBundle(
        TrustBundle.FORMAT,
        ORIGIN,
        List.of(pinnedGrantKey),
        new TrustBundle.LogTrust(
            logKeys.origin(),
            logKeys.verifierKeys().stream()
                .map(key -> new TrustBundle.LogKey(key.toString(), null, null))
                .toList()),
        List.of(
            new TrustBundle.Publisher(
                "research",
                PinnedKey.of(publisher.publicKey()),
                List.of(new ModelPattern(publisherOf)))));
  }

  public byte[] envelope(Manifest manifest) {
    return new ManifestSigner(publisher).sign(manifest).toJson();
  }

  /** What a grant is made of; tests change one thing at a time. */
  public record Terms(
      GrantBody body,
      PublicKey proofKey,
      long leaseSeconds,
      long renewAfterSeconds,
      long graceSeconds) {}

  /** Reads a request. */
  public Terms terms(GrantRequest request, long lease, long renewAfter, long grace) {
    UnverifiedJws jws =
        UnverifiedJws.parse(
            request.request(),
            MessageType.GRANT_REQUEST,
            GrantRequest.MAX_REQUEST_CHARS,
            ProblemCode.PROOF_INVALID);
    PublicKey key = jws.headerKey();
    byte[] payload = jws.verify(key, ProblemCode.PROOF_INVALID);
    return new Terms(
        CanonicalJson.parse(payload, GrantBody.class, 1 << 16), key, lease, renewAfter, grace);
  }

  /** The grant that these terms call for. */
  public Grant grant(Terms terms, Manifest manifest) {
    GrantBody body = terms.body();
    long now = clock.instant().getEpochSecond();
    return new Grant(
        Grant.FORMAT,
        ORIGIN,
        LeaseId.random(random),
        body.model(),
        body.version(),
        new Sha256Digest(ManifestDigest.of(ManifestCodec.write(manifest)).hex()),
        manifest.dataKeyId(),
        new Grant.Confirmation(PublicKeys.thumbprint(terms.proofKey())),
        body.suite(),
        Sha256Digest.of(body.sealKey().bytes()),
        Nonce.hash(body.nonce()),
        "https://issuer.example.org|workload",
        body.podUid(),
        body.mode(),
        body.onExpiry(),
        false,
        null,
        POLICY,
        now,
        now + terms.leaseSeconds(),
        terms.leaseSeconds(),
        terms.renewAfterSeconds(),
        terms.graceSeconds());
  }

  /** The whole answer for this grant. */
  public GrantResponse answer(
      Grant grant, GrantBody body, SealedVersion version, List<ObjectUrl> objects) {
    return answer(grant, body, version, objects, event -> event);
  }

  /** The whole answer, with an entry of the log that says something else. */
  public GrantResponse answer(
      Grant grant,
      GrantBody body,
      SealedVersion version,
      List<ObjectUrl> objects,
      UnaryOperator<LogEvent> entry) {
    String signed = grantKey.sign(MessageType.GRANT, CanonicalJson.writeRecord(grant));
    SealedKey sealed =
        SealedKey.seal(
            grant.suite(),
            body.sealKey().bytes(),
            Grant.sealInfo(signed),
            grant.sealContext(),
            version.dataKey());
    byte[] leaf = EventCodec.write(entry.apply(issued(grant, signed, sealed)));
    return new GrantResponse(
        signed,
        sealed,
        Blob.of(envelope(version.manifest())),
        objects,
        Blob.of(leaf),
        append(leaf).toDetachedText());
  }

  public Receipt append(byte[] leaf) {
    try {
      return log.submit(index -> leaf).join();
    } catch (CompletionException e) {
      throw new IllegalStateException("the log refused", e);
    }
  }

  private LogEvent.GrantIssued issued(Grant grant, String signed, SealedKey sealed) {
    return new LogEvent.GrantIssued(
        clock.instant().toEpochMilli(),
        grant.lease(),
        grant.model(),
        grant.version(),
        grant.manifestDigest(),
        grant.dataKeyId(),
        grant.subject(),
        null,
        grant.podUid(),
        grant.cnf().jkt(),
        grant.nonceHash(),
        grant.iat() + 60,
        Sha256Digest.of(signed.getBytes(StandardCharsets.US_ASCII)),
        sealed.digest(),
        grant.policyDigest(),
        grant.attested(),
        grant.evidenceDigest(),
        List.of(),
        grant.mode(),
        grant.onExpiry(),
        null,
        grant.leaseSeconds(),
        grant.graceSeconds(),
        grant.exp(),
        DataKeySource.BACKEND,
        null,
        null,
        null);
  }

  /** A signed statement about a lease. */
  public String statement(Grant grant, long sequence) {
    long now = clock.instant().getEpochSecond();
    return sign(
        new Lease.Statement(
            Lease.Statement.FORMAT,
            ORIGIN,
            grant.lease(),
            grant.cnf().jkt(),
            sequence,
            now,
            now + grant.leaseSeconds(),
            grant.leaseSeconds(),
            grant.renewAfterSeconds(),
            grant.graceSeconds()));
  }

  public String sign(Lease.Statement statement) {
    return grantKey.sign(MessageType.LEASE_STATEMENT, CanonicalJson.writeRecord(statement));
  }

  /** A signed end of a lease. */
  public String end(Grant grant, Lease.EndCause cause) {
    return sign(
        new Lease.Event(
            Lease.Event.FORMAT,
            ORIGIN,
            grant.lease(),
            grant.cnf().jkt(),
            cause,
            "an operator said so",
            clock.instant().getEpochSecond()));
  }

  public String sign(Lease.Event event) {
    return grantKey.sign(MessageType.LEASE_EVENT, CanonicalJson.writeRecord(event));
  }

  @Override
  public void close() {
    log.close();
  }
}
