package dev.strongroom.keyservice.http;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.WipeQuery;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Standing denies (grant protocol, section 7). */
public final class RevocationRoutes {
  private static final int MAX_BODY = 16_384;
  private static final int MAX_SHOWN = 1_000;
  private static final List<Action> REVOKERS = List.of(Action.REVOKE);

  private final Callers callers;
  private final RevocationFlow flow;
  private final WipeQuery wipes;
  private final Authoriser authoriser;

  public RevocationRoutes(
      Callers callers, RevocationFlow flow, WipeQuery wipes, Authoriser authoriser) {
    this.callers = callers;
    this.flow = flow;
    this.wipes = wipes;
    this.authoriser = authoriser;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(HttpMethod.POST, "/v1/revocations", MAX_BODY, callers.proven(this::revoke)),
        Route.of(
            HttpMethod.GET, "/v1/revocations", callers.allowed(REVOKERS, (call, caller) -> list())),
        Route.of(HttpMethod.GET, "/v1/revocations/{revocation}", callers.proven(this::show)),
        Route.of(HttpMethod.DELETE, "/v1/revocations/{revocation}", callers.proven(this::lift)));
  }

  // The right to revoke is asked for the model that the selector names; one that names none meets
  // all models, and needs the right on all.
  private Answer revoke(Call call, ProvenCaller caller) {
    Wanted wanted = call.body(Wanted.class);
    RevocationSelector selector = wanted.selector();
    authoriser.require(REVOKERS, caller, selector.model(), selector.version(), call.peerAddress());
    if (wanted.dryRun() != null && wanted.dryRun()) {
      return Answer.json(Effect.of(flow.wouldEnd(selector)));
    }
    String reason = Require.present(wanted.reason(), "reason");
    return Answer.json(flow.add(selector, reason, caller.identity().canonical()));
  }

  // Whoever may revoke for a model may look after what came of it. One that is not there is asked
  // for as one of all models, so that ids of others cannot be told from ids of none.
  private RevocationId permitted(Call call, ProvenCaller caller) {
    RevocationId id = new RevocationId(call.parameter("revocation"));
    RevocationSelector selector = wipes.selectorOf(id).orElse(null);
    authoriser.require(
        REVOKERS,
        caller,
        selector == null ? null : selector.model(),
        selector == null ? null : selector.version(),
        call.peerAddress());
    return id;
  }

  private Answer show(Call call, ProvenCaller caller) {
    return Answer.json(wipes.of(permitted(call, caller)));
  }

  private Answer list() {
    return Answer.json(new Standing(flow.list().stream().map(Listed::of).toList()));
  }

  private Answer lift(Call call, ProvenCaller caller) {
    flow.lift(permitted(call, caller), caller.identity().canonical());
    return Answer.empty();
  }

  /**
   * What to revoke.
   *
   * @param reason for people; it is pushed to the holders. A dry run needs none
   * @param dryRun whether only to look; null for no
   */
  public record Wanted(
      RevocationSelector selector, @Nullable String reason, @Nullable Boolean dryRun) {
    public Wanted {
      Require.present(selector, "selector");
    }
  }

  /**
   * What a revocation would do now.
   *
   * @param leases that it would end
   * @param workloads subjects that hold them
   * @param wouldEnd the first of these leases, {@value RevocationRoutes#MAX_SHOWN} at most
   */
  public record Effect(long leases, long workloads, List<Met> wouldEnd) {
    public Effect {
      wouldEnd = List.copyOf(wouldEnd);
    }

    static Effect of(List<LeaseState> met) {
      return new Effect(
          met.size(),
          met.stream().map(lease -> lease.holder().subject()).distinct().count(),
          met.stream().limit(MAX_SHOWN).map(Met::of).toList());
    }
  }

  /**
   * A lease that would end.
   *
   * @param expiresAt seconds since the epoch
   */
  public record Met(
      LeaseId lease,
      ModelName model,
      VersionId version,
      String subject,
      @Nullable String podUid,
      List<String> chips,
      long expiresAt) {
    static Met of(LeaseState lease) {
      return new Met(
          lease.id(),
          lease.target().model(),
          lease.target().version(),
          lease.holder().subject(),
          lease.holder().podUid(),
          List.copyOf(lease.holding().platform().chips()),
          lease.expiresAt());
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
