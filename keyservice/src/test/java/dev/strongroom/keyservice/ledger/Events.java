package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.event.IdentityProof;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes events for tests from a seed. Not thread-safe. */
public final class Events {
  public static final Sha256Digest POLICY = digest("policy");
  public static final ModelVersion CHAT =
      new ModelVersion(new ModelName("acme/chat"), new VersionId("1"));
  public static final long START_SECONDS = 1_800_000_000L;

  private static final int ID_BYTES = 16;

  private final Random random;
  private long now = START_SECONDS * 1_000;

  public Events(long seed) {
    this.random = new Random(seed);
  }

  public static Sha256Digest digest(String text) {
    return Sha256Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private String id(String prefix) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return prefix + "-" + HexFormat.of().formatHex(bytes);
  }

  public LeaseId leaseId() {
    return new LeaseId(id("lease"));
  }

  public RevocationId revocationId() {
    return new RevocationId(id("rev"));
  }

  public Sha256Digest digest() {
    return digest(id("digest"));
  }

  /** Milliseconds since the epoch. */
  public long now() {
    return now;
  }

  public void pass(long seconds) {
    now += seconds * 1_000;
  }

  public LogEvent.PolicyApplied policy() {
    return LogEvent.PolicyApplied.ofFile(now, POLICY);
  }

  /** A grant for a pod, or for a process without one, with a lease of 300 and a grace of 60 s. */
  public LogEvent.GrantIssued grant(String subject, @Nullable String podUid, ModelVersion target) {
    return grant(subject, podUid, target, digest(), DeliveryMode.SIDECAR);
  }

  public LogEvent.GrantIssued grant(
      String subject,
      @Nullable String podUid,
      ModelVersion target,
      Sha256Digest nonceHash,
      DeliveryMode mode) {
    return new LogEvent.GrantIssued(
        now,
        leaseId(),
        target.model(),
        target.version(),
        digest("manifest"),
        new DataKeyId(id("dk")),
        subject,
        null,
        podUid,
        id("jkt") + "_______",
        nonceHash,
        now / 1_000 + 300,
        digest(),
        digest(),
        POLICY,
        false,
        null,
        List.of(),
        mode,
        ExpiryMode.WIPE,
        null,
        300,
        60,
        now / 1_000 + 300,
        DataKeySource.BACKEND,
        null,
        podUid == null ? null : pod(podUid),
        podUid == null ? null : new IdentityProof(List.of("spiffe-x509"), subject, digest()));
  }

  /** The same grant with verified evidence and a wish for its lease. */
  public LogEvent.GrantIssued attested(
      LogEvent.GrantIssued grant, List<String> types, long wantedLeaseSeconds) {
    return new LogEvent.GrantIssued(
        grant.at(),
        grant.lease(),
        grant.model(),
        grant.version(),
        grant.manifestDigest(),
        grant.dataKeyId(),
        grant.subject(),
        grant.tokenId(),
        grant.podUid(),
        grant.jkt(),
        grant.nonceHash(),
        grant.nonceExpiresAt(),
        grant.grantHash(),
        grant.sealedKeyHash(),
        grant.policyDigest(),
        true,
        digest(),
        types,
        grant.mode(),
        grant.onExpiry(),
        wantedLeaseSeconds,
        grant.leaseSeconds(),
        grant.graceSeconds(),
        grant.expiresAt(),
        grant.dataKeySource(),
        claims(types),
        grant.pod(),
        grant.identities());
  }

  /** What a pod of this uid looks like. */
  public static PodPosture pod(String uid) {
    return new PodPosture(
        "ml",
        "chat-0",
        uid,
        "node-1",
        "chat",
        "kata",
        false,
        true,
        false,
        true,
        false,
        List.of("/dev/shm"),
        List.of(
            new PodPosture.Container(
                "server",
                PodPosture.Kind.CONTAINER,
                "registry.example/server:1",
                "sha256:" + "0".repeat(64),
                true,
                List.of("SYS_PTRACE"),
                true,
                true,
                false)));
  }

  /** What evidence of these types says. */
  public static EvidenceClaims claims(List<String> types) {
    return new EvidenceClaims(
        types.stream()
            .collect(
                Collectors.toMap(
                    type -> type,
                    type -> Map.of("measurement", type, "tcb", List.of(1L, 2L), "debug", false))));
  }

  public LogEvent.LeaseRenewed renewed(LeaseId lease, long sequence) {
    return new LogEvent.LeaseRenewed(now, lease, sequence, 60, now / 1_000 + 300, POLICY);
  }

  public LogEvent.LeaseEnded ended(LeaseId lease, Lease.EndCause cause) {
    return new LogEvent.LeaseEnded(now, lease, cause, null);
  }

  public LogEvent.LeaseWiped wiped(LeaseId lease) {
    return new LogEvent.LeaseWiped(
        now, lease, Lease.EndCause.EXPIRED, 3, 4_096, Lease.ConsumerEnd.ENDED, true);
  }

  public LogEvent.RevocationAdded revoked(RevocationSelector selector) {
    return new LogEvent.RevocationAdded(now, revocationId(), selector, "test", "issuer|admin");
  }
}
