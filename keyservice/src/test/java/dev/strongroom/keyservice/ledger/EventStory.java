package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.grant.TcbFloor;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A seeded random history, with whatever the rules refuse left out by the ledger itself. */
final class EventStory {
  private static final int SUBJECTS = 4;
  private static final int PODS = 6;

  private final Random random;
  private final Events events;
  private final List<LeaseId> leases = new ArrayList<>();
  private final List<RevocationId> revocations = new ArrayList<>();

  private EventStory(long seed) {
    this.random = new Random(seed);
    this.events = new Events(seed);
  }

  /** Commits a history of this many attempts, and returns how many the ledger took. */
  static int tell(Ledger ledger, long seed, int attempts) {
    EventStory story = new EventStory(seed);
    ledger.commit(view ->
        new LogEvent.ServiceStarted(story.events.now(), "o", seed + 1, List.of(), List.of()));
    ledger.commit(view -> story.events.policy());
    int taken = 2;
    for (int i = 0; i < attempts; i++) {
      try {
        LogEvent event = story.next(ledger.view());
        ledger.commit(view -> event);
        taken++;
      } catch (Problem refused) {
        story.events.pass(1);
      }
    }
    return taken;
  }

  private LogEvent next(LedgerView view) {
    events.pass(random.nextInt(30));
    if (random.nextInt(100) == 0) {
      events.pass(100_000);
    }
    return switch (random.nextInt(14)) {
      case 0, 1, 2, 3 -> grant();
      case 4, 5 -> renewal(view);
      case 6 -> events.ended(lease(), pick(Lease.EndCause.values()));
      case 7 -> events.wiped(lease());
      case 8 -> new LogEvent.WipeUnconfirmed(events.now(), lease());
      case 9 -> revocation(view);
      case 10, 11, 12 -> new LogEvent.RevocationLifted(events.now(), revocation(), "i|admin");
      default -> other();
    };
  }

  private LogEvent grant() {
    LogEvent.GrantIssued grant =
        events.grant(
            subject(),
            random.nextBoolean() ? "pod-" + random.nextInt(PODS) : null,
            target(),
            events.digest(),
            pick(DeliveryMode.values()));
    leases.add(grant.lease());
    return switch (random.nextInt(3)) {
      case 0 -> grant;
      case 1 -> events.attested(grant, List.of("sev-snp"), 200);
      default -> events.attested(grant, List.of("tdx", "nvidia-gpu"), 400);
    };
  }

  private LogEvent renewal(LedgerView view) {
    LeaseId lease = lease();
    return events.renewed(lease, view.lease(lease).map(state -> state.sequence() + 1).orElse(1L));
  }

  private LogEvent revocation(LedgerView view) {
    LogEvent.RevocationAdded added =
        switch (random.nextInt(11)) {
          case 0, 1, 2, 3 -> events.revoked(ofLease(view));
          case 9 -> events.revoked(ofPlatform());
          case 4, 5, 6, 7 ->
              events.revoked(
                  new RevocationSelector(
                      null, null, "pod-" + random.nextInt(PODS), null, null, null));
          case 8 ->
              events.revoked(
                  new RevocationSelector(
                      null, subject(), null, null, target().model(), target().version()));
          default ->
              events.revoked(
                  new RevocationSelector(null, null, null, null, target().model(), null));
        };
    revocations.add(added.revocation());
    return added;
  }

  private RevocationSelector ofLease(LedgerView view) {
    LeaseId lease = lease();
    return view.lease(lease)
        .map(known ->
            known.holder().podUid() != null
                ? new RevocationSelector(lease, null, known.holder().podUid(), null, null, null)
                : new RevocationSelector(
                    lease,
                    known.holder().subject(),
                    null,
                    known.holder().jkt(),
                    known.target().model(),
                    known.target().version()))
        .orElse(new RevocationSelector(lease, null, "gone", null, null, null));
  }

  // Whom the evidence and pods of these events can be met by, and whom not.
  private RevocationSelector ofPlatform() {
    boolean meets = random.nextInt(4) == 0;
    return switch (random.nextInt(5)) {
      case 0 -> platform("ab".repeat(64), null, null, null, null, null);
      case 1 -> platform(null, "cd".repeat(48), null, null, null, null);
      case 2 ->
          platform(
              null,
              null,
              TcbFloor.parse(meets ? "sev-snp:product=Milan,microcode=2" : "tdx:pcesvn=7"),
              null,
              null,
              null);
      case 3 -> platform(null, null, null, meets ? "tdx" : "nitro", null, null);
      default ->
          platform(null, null, null, null, "sha256:" + "1".repeat(64), meets ? "node-1" : "n-2");
    };
  }

  private RevocationSelector platform(
      @Nullable String chip,
      @Nullable String measurement,
      @Nullable TcbFloor tcbBelow,
      @Nullable String evidence,
      @Nullable String image,
      @Nullable String node) {
    return new RevocationSelector(
        null,
        null,
        null,
        null,
        random.nextBoolean() ? target().model() : null,
        null,
        chip,
        measurement,
        tcbBelow,
        evidence,
        image,
        node);
  }

  private LogEvent other() {
    return switch (random.nextInt(3)) {
      case 0 -> events.policy();
      case 1 -> new LogEvent.DenialsSummarised(events.now(), 1, Map.of("token-expired", 2L));
      default ->
          new LogEvent.RequestDenied(
              events.now(),
              new ExplanationId("why-" + "0123456789abcdef".repeat(2)),
              "decrypt",
              "access-denied",
              target().model(),
              target().version(),
              subject(),
              null,
              events.digest(),
              events.now() / 1_000 + 60,
              Events.POLICY);
    };
  }

  private String subject() {
    return "issuer|s" + random.nextInt(SUBJECTS);
  }

  private ModelVersion target() {
    return new ModelVersion(
        new ModelName("acme/m" + random.nextInt(2)),
        new VersionId(Integer.toString(random.nextInt(2))));
  }

  private LeaseId lease() {
    return leases.isEmpty() || random.nextInt(20) == 0
        ? events.leaseId()
        : leases.get(Math.max(0, leases.size() - 1 - random.nextInt(12)));
  }

  private RevocationId revocation() {
    return revocations.isEmpty()
        ? events.revocationId()
        : revocations.remove(random.nextInt(revocations.size()));
  }

  private <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
