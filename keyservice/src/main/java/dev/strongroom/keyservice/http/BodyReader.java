package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/**
 * Reads one body on the event loop: never more than the route allows, never more than the budget
 * has, never longer than the time-out, however slowly the bytes drip.
 */
final class BodyReader {
  private static final byte[] NOTHING = new byte[0];

  private final int limit;
  private final BodyBudget budget;
  private final Promise<byte[]> whole = Promise.promise();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private BodyReader(int limit, BodyBudget budget) {
    this.limit = limit;
    this.budget = budget;
  }

  /**
   * Reads the body; fails with {@code TOO_LARGE}, {@code OVERLOADED}, {@code
   * UNSUPPORTED_MEDIA_TYPE}, {@code REQUEST_TIMEOUT} or {@code MALFORMED_REQUEST}. A body that was
   * read holds its part of the budget; the caller gives it back when it is done with the bytes.
   *
   * @param limit bytes at most; 0 where none may come
   */
  static Future<byte[]> read(
      Vertx vertx, HttpServerRequest request, int limit, BodyBudget budget, Duration timeout) {
    BodyReader reader = new BodyReader(limit, budget);
    try {
      requireReadable(request, limit);
    } catch (Problem e) {
      return Future.failedFuture(e);
    }
    if (request.isEnded()) {
      return Future.succeededFuture(NOTHING);
    }
    long timer =
        vertx.setTimer(
            Math.max(1, timeout.toMillis()),
            id -> reader.fail(ProblemCode.REQUEST_TIMEOUT, "the body did not arrive in time"));
    request.handler(reader::take);
    request.endHandler(end -> reader.whole.tryComplete(reader.bytes.toByteArray()));
    request.exceptionHandler(
        e -> reader.fail(ProblemCode.MALFORMED_REQUEST, "the request broke off"));
    return reader
        .whole
        .future()
        .onComplete(read -> vertx.cancelTimer(timer))
        .onFailure(e -> budget.give(reader.bytes.size()));
  }

  /**
   * Refuses by the headers what would not be read.
   *
   * @throws Problem {@code TOO_LARGE}, {@code UNSUPPORTED_MEDIA_TYPE}
   */
  static void requireReadable(HttpServerRequest request, int limit) {
    if (limit > 0 && !isJson(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_MEDIA_TYPE, "send the body as Content-Type: application/json");
    }
    if (request.getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_MEDIA_TYPE, "send the body without a Content-Encoding");
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // Longer than any limit here has digits; the HTTP decoder has checked that they are digits.
    if (length != null && (length.length() > 9 || Integer.parseInt(length) > limit)) {
      throw tooLarge(limit);
    }
  }

  private void take(Buffer buffer) {
    if (whole.future().isComplete()) {
      return;
    }
    if (bytes.size() + buffer.length() > limit) {
      whole.tryFail(tooLarge(limit));
    } else if (!budget.take(buffer.length())) {
      fail(ProblemCode.OVERLOADED, "too many large requests at once; try again later");
    } else {
      bytes.writeBytes(buffer.getBytes());
    }
  }

  private static Problem tooLarge(int limit) {
    return new Problem(
        ProblemCode.TOO_LARGE,
        limit == 0
            ? "this request takes no body"
            : "the body is larger than the " + limit + " bytes that this request may have");
  }

  private void fail(ProblemCode code, String message) {
    whole.tryFail(new Problem(code, message));
  }

  private static boolean isJson(@org.jspecify.annotations.Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return type.strip().equalsIgnoreCase("application/json");
  }
}
