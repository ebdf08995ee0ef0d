package dev.strongroom.keyservice.http;

import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.ledger.PublishedLog;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Explanation;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What auditors read: the log as C2SP tlog-tiles, receipts, explanations. */
public final class AuditRoutes {
  private static final List<Action> AUDITORS = List.of(Action.AUDIT);
  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,17}");

  private final Callers callers;
  private final PublishedLog log;
  private final ExplanationStore explanations;

  public AuditRoutes(Callers callers, PublishedLog log, ExplanationStore explanations) {
    this.callers = callers;
    this.log = log;
    this.explanations = explanations;
  }

  public List<Route> routes() {
    return List.of(
        route("/v1/explanations/{id}", this::explanation),
        route("/v1/log/checkpoint", this::checkpoint),
        route("/v1/log/tile/{+tile}", this::tile),
        route("/v1/log/receipts/{index}", this::receipt));
  }

  private Route route(String template, Endpoint endpoint) {
    return Route.of(
        HttpMethod.GET,
        template,
        callers.allowed(AUDITORS, (call, caller) -> endpoint.answer(call)));
  }

  private Answer explanation(Call call) {
    ExplanationId id = new ExplanationId(call.parameter("id"));
    return explanations
        .find(id)
        .<Answer>map(kept -> Answer.json(Explained.of(kept)))
        .orElseThrow(() ->
            new Problem(
                ProblemCode.NOT_FOUND,
                "there is no explanation of this id, or it is older than they are kept"));
  }

  private Answer checkpoint(Call call) {
    return new Answer.Whole(200, "text/plain; charset=utf-8", log.checkpoint());
  }

  private Answer tile(Call call) {
    return new Answer.Whole(
        200, "application/octet-stream", log.tile("tile/" + call.parameter("tile")));
  }

  private Answer receipt(Call call) {
    if (!INDEX.matcher(call.parameter("index")).matches()) {
      throw new Problem(ProblemCode.MALFORMED_REQUEST, "an index is a number from 0");
    }
    return Answer.json(log.receipt(Long.parseLong(call.parameter("index"))));
  }

  /**
   * An explanation, as operators read it.
   *
   * @param at RFC 3339
   */
  public record Explained(
      ExplanationId id,
      String at,
      String action,
      String subject,
      @Nullable String target,
      String code,
      Explanation explanation) {
    static Explained of(ExplanationStore.Kept kept) {
      return new Explained(
          kept.id(),
          kept.at().toString(),
          kept.action(),
          kept.subject(),
          kept.target(),
          kept.code().wireName(),
          kept.explanation());
    }
  }
}
