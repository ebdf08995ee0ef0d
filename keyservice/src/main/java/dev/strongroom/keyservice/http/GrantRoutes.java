package dev.strongroom.keyservice.http;

import dev.strongroom.keyservice.grant.GrantFlow;
import dev.strongroom.keyservice.grant.GrantOutcome;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.proof.NonceIssuer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;

/** Nonces and grants (grant protocol, sections 3 and 4). */
public final class GrantRoutes {
  private final NonceIssuer nonces;
  private final GrantFlow flow;
  private final Ledger ledger;
  private final MeterRegistry meters;
  private final Timer granted;
  private final int maxBody;

  public GrantRoutes(
      NonceIssuer nonces, GrantFlow flow, Ledger ledger, MeterRegistry meters, int maxBody) {
    this.nonces = nonces;
    this.flow = flow;
    this.ledger = ledger;
    this.meters = meters;
    this.maxBody = maxBody;
    this.granted =
        Timer.builder("strongroom.grant.duration")
            .description("time from the whole request to the durable grant")
            .serviceLevelObjectives(
                Duration.ofMillis(2),
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(2))
            .register(meters);
  }

  public List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.POST, "/v1/nonces", this::nonce),
        Route.withBody(HttpMethod.POST, "/v1/grants", maxBody, this::grant));
  }

  private Answer nonce(Call call) {
    return Answer.json(201, nonces.issue(ledger.view().nonceEpoch()));
  }

  private Answer grant(Call call) {
    long began = System.nanoTime();
    GrantOutcome outcome = flow.grant(call.body(), call.peerAddress(), call.certificates());
    return switch (outcome) {
      case GrantOutcome.Granted done -> {
        granted.record(Duration.ofNanos(System.nanoTime() - began));
        count("granted", "none");
        yield Answer.json(done.response());
      }
      case GrantOutcome.Denied denied -> {
        count("denied", denied.code().wireName());
        yield Answer.problem(
            ProblemDocument.of(denied.code(), denied.detail(), denied.explanation()));
      }
      case GrantOutcome.Unavailable unavailable -> {
        count("unavailable", unavailable.cause().code().wireName());
        yield Answer.problem(ProblemDocument.of(unavailable.cause()));
      }
    };
  }

  // The registry keeps one counter for each pair.
  private void count(String outcome, String code) {
    Counter.builder("strongroom.grants")
        .description("requests for a grant, by how they ended")
        .tag("outcome", outcome)
        .tag("code", code)
        .register(meters)
        .increment();
  }
}
