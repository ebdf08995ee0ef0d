package dev.strongroom.keyservice.lease;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.AppendingLedger;
import dev.strongroom.keyservice.ledger.Events;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.posture.Clusters;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A real ledger with the lease flows over it, and a clock that tests move. */
final class LeaseFixture implements AutoCloseable {
  static final String ORIGIN = "https://keys.example.org";

  final Fixture fixture;
  final TestClock clock = new TestClock(Events.START_SECONDS * 1_000);
  final SigningKey key = SigningKey.generate(SignatureAlgorithm.ES256);
  final Events events;
  final LeaseEnder ender;
  final LeaseFlow flow;
  final RevocationFlow revocations;
  final LeaseEvents push;
  final LeaseSweeper sweeper;

  LeaseFixture(Path folder) {
    this(folder, 1);
  }

  /**
   * @param seed another one for another run over the same folder
   */
  LeaseFixture(Path folder, long seed) {
    fixture = Fixture.open(folder);
    events = new Events(seed);
    ender = new LeaseEnder(ledger(), clock);
    flow = new LeaseFlow(ledger(), Clusters.NONE, key, ORIGIN, clock);
    revocations =
        new RevocationFlow(
            ledger(),
            ender,
            (wrapped, context) -> {
              throw new AssertionError("leases open no data key");
            },
            clock,
            new SecureRandom());
    push = new LeaseEvents(ledger(), key, ORIGIN, clock, new LeaseEvents.Limits(6, 2));
    sweeper = new LeaseSweeper(ledger(), ender, clock, clock::nanos, LeaseSweeper.Limits.DEFAULT);
    ledger().commit(view -> events.policy());
  }

  AppendingLedger ledger() {
    return fixture.ledger();
  }

  void pass(Duration time) {
    clock.pass(time);
    events.pass(time.toSeconds());
  }

  LogEvent.GrantIssued grant(String subject, @Nullable String podUid) {
    return grant(subject, podUid, DeliveryMode.SIDECAR);
  }

  LogEvent.GrantIssued grant(String subject, @Nullable String podUid, DeliveryMode mode) {
    LogEvent.GrantIssued grant = events.grant(subject, podUid, Events.CHAT, events.digest(), mode);
    return ledger().commit(view -> grant).event();
  }

  /** The payload of a message that the service signed. */
  <T> T verified(String jws, String type, Class<T> payload) {
    byte[] bytes =
        UnverifiedJws.parse(jws, type, 8_192, ProblemCode.MALFORMED_REQUEST)
            .verify(key.publicKey(), ProblemCode.MALFORMED_REQUEST);
    return CanonicalJson.parse(bytes, payload, 8_192);
  }

  @Override
  public void close() {
    sweeper.close();
    push.close();
    ender.close();
    fixture.close();
  }
}
