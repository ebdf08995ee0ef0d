package dev.strongroom.keyservice.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** The one answer to one request. Used on the request's event loop alone. */
final class Reply {
  private final HttpServerRequest request;
  private boolean given;

  Reply(HttpServerRequest request) {
    this.request = request;
  }

  boolean given() {
    return given;
  }

  int status() {
    return request.response().getStatusCode();
  }

  void send(Answer.Whole answer) {
    if (!take()) {
      return;
    }
    HttpServerResponse response = request.response();
    secure(response).setStatusCode(answer.status());
    response.putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
    end(response, Buffer.buffer(answer.body()));
  }

  void sendEmpty() {
    if (take()) {
      end(secure(request.response()).setStatusCode(204), Buffer.buffer());
    }
  }

  void send(ProblemDocument problem) {
    if (!take()) {
      return;
    }
    HttpServerResponse response = secure(request.response()).setStatusCode(problem.status());
    response.putHeader(HttpHeaders.CONTENT_TYPE, ProblemDocument.MEDIA_TYPE);
    if (problem.retryAfterSeconds() > 0) {
      response.putHeader("Retry-After", Long.toString(problem.retryAfterSeconds()));
    }
    if (problem.status() == 401) {
      response.putHeader("WWW-Authenticate", "DPoP algs=\"ES256 EdDSA\"");
    }
    end(response, Buffer.buffer(problem.json()));
  }

  HttpServerResponse response() {
    return request.response();
  }

  /** Begins a stream; the caller writes and ends it. */
  void beginStream(String contentType) {
    given = true;
    secure(request.response()).putHeader(HttpHeaders.CONTENT_TYPE, contentType).setChunked(true);
  }

  private boolean take() {
    if (given || request.response().ended() || request.response().closed()) {
      return false;
    }
    given = true;
    return true;
  }

  // What was not read of the request is not read now either: the connection or the stream ends.
  private void end(HttpServerResponse response, Buffer body) {
    boolean unread = !request.isEnded();
    boolean http1 = request.version() != HttpVersion.HTTP_2;
    if (unread && http1) {
      response.putHeader(HttpHeaders.CONNECTION, "close");
    }
    response.end(body);
    if (unread && !http1) {
      response.reset(0);
    }
  }

  private static HttpServerResponse secure(HttpServerResponse response) {
    return response
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Strict-Transport-Security", "max-age=31536000");
  }
}
