package dev.strongroom.keyservice.http;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.exposure.ExposureScope;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.ledger.ExposureQuery;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.ProvenCaller;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who received which keys under a selector (grant protocol, section 7). */
public final class ExposureRoutes {
  private static final int MAX_BODY = 8_192;
  private static final int PAGE = 500;

  /** The first page reads every grant that the store cannot leave out. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final List<Action> AUDITORS = List.of(Action.AUDIT);

  // Each holds a connection of the store for as long as it reads; grants and renewals need some.
  private final Places reading = new Places(2, "exposures");
  private final Callers callers;
  private final ExposureQuery query;
  private final Authoriser authoriser;

  public ExposureRoutes(Callers callers, ExposureQuery query, Authoriser authoriser) {
    this.callers = callers;
    this.query = query;
    this.authoriser = authoriser;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(HttpMethod.POST, "/v1/exposures", MAX_BODY, callers.proven(this::expose))
            .within(LONG));
  }

  // The right to audit is asked for the model that the selector names; one that names none finds
  // grants of all models, and needs the right on all.
  private Answer expose(Call call, ProvenCaller caller) {
    Wanted wanted = call.body(Wanted.class);
    RevocationSelector selector = wanted.selector();
    authoriser.require(
        AUDITORS,
        caller,
        selector == null ? null : selector.model(),
        selector == null ? null : selector.version(),
        call.peerAddress());
    return reading.within(() -> Answer.json(query.find(wanted.scope(), wanted.page())));
  }

  /**
   * What to find.
   *
   * @param since milliseconds since the epoch
   * @param until milliseconds since the epoch
   * @param before where the page begins: {@code next} of the one before it
   * @param limit of the page; null for 500
   */
  public record Wanted(
      @Nullable RevocationSelector selector,
      @Nullable Long since,
      @Nullable Long until,
      @Nullable Long before,
      @Nullable Integer limit) {
    ExposureScope scope() {
      return new ExposureScope(selector, since, until);
    }

    ExposureQuery.Page page() {
      return new ExposureQuery.Page(before, limit == null ? PAGE : limit);
    }
  }
}
