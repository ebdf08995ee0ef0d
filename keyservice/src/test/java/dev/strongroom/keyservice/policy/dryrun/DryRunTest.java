package dev.strongroom.keyservice.policy.dryrun;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A candidate that is asked faster than it answers. */
@Timeout(60)
class DryRunTest {
  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: auditors
          actions: [audit]
          subjects: [{issuer: "https://issuer.test", subject: auditor}]
          models: ["*"]
      """;
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final AccessRequest REQUEST =
      new AccessRequest(
          Action.AUDIT,
          new Identity("https://issuer.test", "stranger", Map.of(), null, Instant.MAX),
          null,
          null,
          null,
          "192.0.2.7",
          NOW);

  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private final DryRun dryRun = new DryRun(now::get);
  private final CompiledPolicy candidate = CandidatePolicy.of(POLICY, List.of());
  private volatile boolean asking = true;
  private final Thread traffic = new Thread(this::ask);

  private void ask() {
    Decision decision = candidate.decide(REQUEST);
    while (asking) {
      dryRun.decided(REQUEST, decision);
    }
  }

  private Report report() {
    return dryRun.report().orElseThrow();
  }

  private void overrun() {
    dryRun.begin(candidate, Duration.ofHours(1), "https://issuer.test|root");
    traffic.setDaemon(true);
    traffic.start();
    while (report().unjudged() == 0 || report().judged() == 0) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    asking = false;
    traffic.join();
  }

  @Test
  void endsWhenItIsStopped() {
    overrun();
    Report last = dryRun.stop().orElseThrow();
    assertFalse(last.running());
    assertTrue(last.judged() > 0, last::toString);
  }

  @Test
  void endsWhenItsTimeIsOver() {
    overrun();
    now.set(NOW.plus(Duration.ofHours(1)));
    while (report().running()) {
      Thread.onSpinWait();
    }
    assertTrue(report().unjudged() > 0);
  }
}
