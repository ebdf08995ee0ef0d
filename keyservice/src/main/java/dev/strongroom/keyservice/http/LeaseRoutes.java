package dev.strongroom.keyservice.http;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.grant.LeaseUrls;
import dev.strongroom.keyservice.grant.PodBinding;
import dev.strongroom.keyservice.lease.LeaseEvents;
import dev.strongroom.keyservice.lease.LeaseFlow;
import dev.strongroom.keyservice.ledger.LeaseQuery;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Leases after they were granted (grant protocol, sections 5 and 7). */
public final class LeaseRoutes {
  private static final int MAX_BODY = 8_192;
  private static final int PAGE = 1_000;

  private final Callers callers;
  private final LeaseFlow flow;
  private final LeaseEvents events;
  private final LeaseUrls urls;
  private final LeaseQuery query;
  private final Authoriser authoriser;

  public LeaseRoutes(
      Callers callers,
      LeaseFlow flow,
      LeaseEvents events,
      LeaseUrls urls,
      LeaseQuery query,
      Authoriser authoriser) {
    this.callers = callers;
    this.flow = flow;
    this.events = events;
    this.urls = urls;
    this.query = query;
    this.authoriser = authoriser;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(
            HttpMethod.POST, "/v1/leases/{lease}/renew", MAX_BODY, callers.proven(this::renew)),
        Route.of(HttpMethod.GET, "/v1/leases/{lease}/events", callers.proven(this::events)),
        Route.withBody(
            HttpMethod.POST, "/v1/leases/{lease}/urls", MAX_BODY, callers.proven(this::urls)),
        Route.withBody(
            HttpMethod.POST, "/v1/leases/{lease}/wiped", MAX_BODY, callers.proven(this::wiped)),
        Route.of(
            HttpMethod.GET,
            "/v1/leases",
            callers.allowed(
                List.of(Action.AUDIT),
                LeaseRoutes::model,
                call -> null,
                (call, caller) -> list(call))));
  }

  private static LeaseId lease(Call call) {
    return new LeaseId(call.parameter("lease"));
  }

  private Answer renew(Call call, ProvenCaller caller) {
    LeaseFlow.Renewal renewal =
        new LeaseFlow.Renewal(
            lease(call),
            caller.jkt(),
            call.body(Lease.Renew.class).sequence(),
            caller.identity(),
            PodBinding.podOf(caller.identity().claims()),
            call.peerAddress());
    return Answer.json(flow.renew(renewal, question -> authoriser.require(question, caller.jkt())));
  }

  private Answer events(Call call, ProvenCaller caller) {
    LeaseId lease = lease(call);
    return new Answer.Events(sink ->
        events.subscribe(
            lease,
            caller.jkt(),
            event -> {
              sink.event(event);
              sink.end();
            }));
  }

  private Answer urls(Call call, ProvenCaller caller) {
    return Answer.json(urls.refresh(lease(call), caller.jkt(), call.body(Lease.UrlsWanted.class)));
  }

  private Answer wiped(Call call, ProvenCaller caller) {
    flow.wiped(lease(call), caller.jkt(), call.body(Lease.Wiped.class));
    return Answer.empty();
  }

  private static @Nullable ModelName model(Call call) {
    String model = call.queryValue("model");
    return model == null ? null : new ModelName(model);
  }

  private Answer list(Call call) {
    LeaseQuery.Filter filter =
        new LeaseQuery.Filter(model(call), call.queryValue("subject"), false, null, PAGE);
    return Answer.json(new Leases(query.list(filter).stream().map(Listed::of).toList()));
  }

  /** Answer to the list: the newest first, 1000 at most. */
  public record Leases(List<Listed> leases) {
    public Leases {
      leases = List.copyOf(leases);
    }
  }

  /**
   * A lease, as auditors see it.
   *
   * @param grantedAt seconds since the epoch
   * @param expiresAt seconds since the epoch
   * @param sequence of the last renewal, 0 before the first
   * @param ended why it ended; null while it lives
   * @param endedAt seconds since the epoch; null while it lives
   * @param wiped whether the holder acknowledged that our copy is gone
   * @param index of the grant in the log
   */
  public record Listed(
      LeaseId lease,
      ModelName model,
      String version,
      String subject,
      @Nullable String podUid,
      String jkt,
      String mode,
      long grantedAt,
      long expiresAt,
      long sequence,
      @Nullable String ended,
      @Nullable Long endedAt,
      boolean wiped,
      long index) {
    private static final long MILLIS = 1_000;

    static Listed of(LeaseState lease) {
      return new Listed(
          lease.id(),
          lease.target().model(),
          lease.target().version().value(),
          lease.holder().subject(),
          lease.holder().podUid(),
          lease.holder().jkt(),
          lease.mode().wireName(),
          lease.grantedAt() / MILLIS,
          lease.expiresAt(),
          lease.sequence(),
          lease.end() == null ? null : lease.end().cause().wireName(),
          lease.end() == null ? null : lease.end().at() / MILLIS,
          lease.wiped(),
          lease.index());
    }
  }
}
