package dev.strongroom.keyservice.http;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** Standing denies (grant protocol, section 7). */
public final class RevocationRoutes {
  private static final int MAX_BODY = 16_384;
  private static final List<Action> REVOKERS = List.of(Action.REVOKE);

  private final Callers callers;
  private final RevocationFlow flow;
  private final Authoriser authoriser;

  public RevocationRoutes(Callers callers, RevocationFlow flow, Authoriser authoriser) {
    this.callers = callers;
    this.flow = flow;
    this.authoriser = authoriser;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(HttpMethod.POST, "/v1/revocations", MAX_BODY, callers.proven(this::revoke)),
        Route.of(
            HttpMethod.GET, "/v1/revocations", callers.allowed(REVOKERS, (call, caller) -> list())),
        Route.of(
            HttpMethod.DELETE,
            "/v1/revocations/{revocation}",
            callers.allowed(REVOKERS, this::lift)));
  }

  // The right to revoke is asked for the model that the selector names; one that names none meets
  // all models, and needs the right on all.
  private Answer revoke(Call call, ProvenCaller caller) {
    Wanted wanted = call.body(Wanted.class);
    RevocationSelector selector = wanted.selector();
    authoriser.require(REVOKERS, caller, selector.model(), selector.version(), call.peerAddress());
    return Answer.json(flow.add(selector, wanted.reason(), caller.identity().canonical()));
  }

  private Answer list() {
    return Answer.json(new Standing(flow.list().stream().map(Listed::of).toList()));
  }

  private Answer lift(Call call, ProvenCaller caller) {
    flow.lift(new RevocationId(call.parameter("revocation")), caller.identity().canonical());
    return Answer.empty();
  }

  /**
   * What to revoke.
   *
   * @param reason for people; it is pushed to the holders
   */
  public record Wanted(RevocationSelector selector, String reason) {
    public Wanted {
      Require.present(selector, "selector");
      Require.present(reason, "reason");
    }
  }

  /** Answer to the list: oldest first. */
  public record Standing(List<Listed> revocations) {
    public Standing {
      revocations = List.copyOf(revocations);
    }
  }

  /**
   * One revocation.
   *
   * @param by {@code issuer|subject} of who revoked
   * @param at milliseconds since the epoch
   */
  public record Listed(
      RevocationId revocation, RevocationSelector selector, String reason, String by, long at) {
    static Listed of(LedgerView.Revocation revocation) {
      return new Listed(
          revocation.id(),
          revocation.selector(),
          revocation.reason(),
          revocation.by(),
          revocation.at());
    }
  }
}
