package dev.strongroom.keyservice.http;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogCode;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogUnavailableException;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.policy.Explanation;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What auditors read: the log as C2SP tlog-tiles, receipts, explanations. */
public final class AuditRoutes {
  private static final List<Action> AUDITORS = List.of(Action.AUDIT);
  private static final Pattern TILE =
      Pattern.compile("(?:[0-9]|[1-5][0-9]|6[0-3]|entries)/(?:x[0-9]{3}/)*[0-9]{3}(?:\\.p/[0-9]{1,3})?");
  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,17}");

  private final Callers callers;
  private final AuditLog log;
  private final Path directory;
  private final ExplanationStore explanations;

  /**
   * @param directory of the log
   */
  public AuditRoutes(
      Callers callers, AuditLog log, Path directory, ExplanationStore explanations) {
    this.callers = callers;
    this.log = log;
    this.directory = directory;
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
        .orElseThrow(
            () ->
                new Problem(
                    ProblemCode.NOT_FOUND,
                    "there is no explanation of this id, or it is older than they are kept"));
  }

  private Answer checkpoint(Call call) {
    return text(reader().checkpoint().note().getBytes(StandardCharsets.UTF_8));
  }

  private static Answer text(byte[] body) {
    return new Answer.Whole(200, "text/plain; charset=utf-8", body);
  }

  private Answer tile(Call call) {
    String path = call.parameter("tile");
    if (!TILE.matcher(path).matches()) {
      throw new Problem(ProblemCode.NOT_FOUND, "this is no path of a tile (C2SP tlog-tiles)");
    }
    try {
      byte[] tile = Files.readAllBytes(directory.resolve("tile").resolve(path));
      return new Answer.Whole(200, "application/octet-stream", tile);
    } catch (NoSuchFileException e) {
      throw new Problem(ProblemCode.NOT_FOUND, "the log does not have this tile", e);
    } catch (IOException e) {
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log cannot be read", e);
    }
  }

  private Answer receipt(Call call) {
    if (!INDEX.matcher(call.parameter("index")).matches()) {
      throw new Problem(ProblemCode.MALFORMED_REQUEST, "an index is a number from 0");
    }
    try {
      Receipt receipt = reader().receiptFor(Long.parseLong(call.parameter("index")));
      return Answer.json(new Proof(Blob.of(receipt.leaf()), receipt.toDetachedText()));
    } catch (AuditLogException e) {
      throw e.code() == LogCode.INDEX_OUT_OF_RANGE
          ? new Problem(ProblemCode.NOT_FOUND, "the log has no entry of this index", e)
          : new Problem(ProblemCode.LOG_CORRUPT, String.valueOf(e.getMessage()), e);
    }
  }

  private LogReader reader() {
    try {
      return log.reader();
    } catch (LogUnavailableException e) {
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log cannot be read now", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.LOG_UNAVAILABLE, "the log was not read in time", e);
    }
  }

  /**
   * One entry and the proof that the log holds it.
   *
   * @param receipt C2SP tlog-proof text, without the leaf
   */
  public record Proof(Blob leaf, String receipt) {}

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
