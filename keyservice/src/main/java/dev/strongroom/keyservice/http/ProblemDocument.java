package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.policy.Refusal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A refusal as RFC 9457 writes it. The one place where what was thrown becomes what a caller sees.
 *
 * @param explanation for operators; null where no policy refused
 * @param retryAfterSeconds 0 for no advice
 */
public record ProblemDocument(
    ProblemCode code, String detail, @Nullable ExplanationId explanation, long retryAfterSeconds) {
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final Logger LOG = LoggerFactory.getLogger(ProblemDocument.class);
  private static final long RETRY_SECONDS = 1;
  private static final long LEASE_SECONDS = 30;
  private static final long LONGEST_SECONDS = 30;

  /** The document for whatever was thrown. */
  public static ProblemDocument of(Throwable thrown) {
    return switch (thrown) {
      case LimitExceeded e ->
          new ProblemDocument(ProblemCode.RATE_LIMITED, message(e), null, e.retryAfterSeconds());
      case Refusal e -> of(e.code(), message(e), e.explanation());
      case Problem e -> told(e);
      default -> unexpected(thrown);
    };
  }

  // What only the operator can mend stands in the log of the process, with what led to it.
  private static ProblemDocument told(Problem problem) {
    switch (problem.code().category()) {
      case OPERATOR ->
          LOG.atError()
              .setCause(problem)
              .addKeyValue("code", problem.code().wireName())
              .log("a request failed, and the operator is needed");
      case RETRY, CALLER, DENY -> {}
    }
    ProblemDocument document = of(problem.code(), message(problem), null);
    return document.retryAfterSeconds() == 0 || problem.retryAfter().isZero()
        ? document
        : new ProblemDocument(
            document.code(), document.detail(), null, advice(problem.retryAfter()));
  }

  /** The document for a refusal. */
  public static ProblemDocument of(
      ProblemCode code, String detail, @Nullable ExplanationId explanation) {
    boolean retry =
        switch (code.category()) {
          case RETRY -> true;
          case CALLER, DENY, OPERATOR -> false;
        };
    return new ProblemDocument(code, detail, explanation, retry ? retryAfter(code) : 0);
  }

  // In whole seconds, and never so long that a caller gives up what might succeed much earlier.
  private static long advice(Duration retryAfter) {
    return Math.clamp(retryAfter.plusSeconds(1).minusNanos(1).toSeconds(), 1, LONGEST_SECONDS);
  }

  // A place comes free when a lease ends, which is a matter of minutes.
  private static long retryAfter(ProblemCode code) {
    return code == ProblemCode.TOO_MANY_LEASES ? LEASE_SECONDS : RETRY_SECONDS;
  }

  // What nobody foresaw may carry anything in its message: the caller gets a reference to the log.
  private static ProblemDocument unexpected(Throwable thrown) {
    String reference = UUID.randomUUID().toString();
    LOG.atError()
        .setCause(thrown)
        .addKeyValue("reference", reference)
        .log("a request failed for a reason that nobody foresaw");
    return new ProblemDocument(
        ProblemCode.INTERNAL,
        "the service failed; tell its operator the reference " + reference,
        null,
        0);
  }

  private static String message(Throwable thrown) {
    return String.valueOf(thrown.getMessage());
  }

  public int status() {
    return code.httpStatus();
  }

  /** The document as JSON. */
  public byte[] json() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", "urn:strongroom:problem:" + code.wireName());
    members.put("title", code.wireName().replace('-', ' '));
    members.put("status", status());
    members.put("code", code.wireName());
    members.put("detail", detail);
    if (explanation != null) {
      members.put("explanation", explanation.value());
    }
    try {
      return StrictJson.mapper().writeValueAsBytes(members);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers can be written as JSON", e);
    }
  }
}
