package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.ObjectUrls.SignedGet;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A range over HTTP. What fails half way is asked for again from the first byte not yet given. */
final class HttpRangeStream implements RangeStream {
  private final ObjectRange range;
  private final ObjectUrls urls;
  private final RangeRequest request;
  private final RangeLimits limits;
  private final Timing timing;

  private long consumed;
  private int misbehaved;
  private boolean refreshed;
  private @Nullable Retry retry;
  private @Nullable SignedGet url;
  private @Nullable InputStream body;
  private volatile @Nullable HttpURLConnection connection;
  private volatile boolean closed;

  HttpRangeStream(
      ObjectRange range, ObjectUrls urls, RangeRequest request, RangeLimits limits, Timing timing) {
    this.range = range;
    this.urls = urls;
    this.request = request;
    this.limits = limits;
    this.timing = timing;
  }

  @Override
  public void readFully(byte[] into, int at, int length) {
    Objects.checkFromIndexSize(consumed, (long) length, range.length());
    while (true) {
      try {
        attempt(into, at, length);
        consumed += length;
        return;
      } catch (Problem e) {
        disconnect();
        decide(e);
      }
    }
  }

  private void attempt(byte[] into, int at, int length) {
    InputStream in = body == null ? connect() : body;
    try {
      int read = 0;
      while (read < length) {
        int n = in.read(into, at + read, length - read);
        if (n < 0) {
          throw RangeRequest.misbehaved(range, "the storage sends less than it announced");
        }
        read += n;
      }
      if (consumed + length == range.length()) {
        finish(in);
      }
    } catch (IOException e) {
      throw RangeRequest.unavailable(range, e);
    }
  }

  // Reading to the end lets the runtime keep the connection.
  private void finish(InputStream in) throws IOException {
    if (in.read() >= 0) {
      throw RangeRequest.misbehaved(range, "the storage sends more than the range");
    }
    in.close();
    connection = null;
    body = null;
  }

  private InputStream connect() {
    if (closed) {
      throw new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was stopped");
    }
    SignedGet get = url == null ? urls.current(range.file()) : url;
    url = get;
    HttpURLConnection opened = request.send(get, range, range.offset() + consumed);
    connection = opened;
    try {
      InputStream in = opened.getInputStream();
      body = in;
      return in;
    } catch (IOException e) {
      throw RangeRequest.unavailable(range, e);
    }
  }

  /** Makes ready for another attempt, or throws. */
  private void decide(Problem problem) {
    if (closed) {
      throw problem;
    }
    SignedGet used = url;
    if (problem.code() == ProblemCode.URL_EXPIRED && !refreshed && used != null) {
      refreshed = true;
      url = urls.after(range.file(), used);
      return;
    }
    boolean again =
        problem.code() == ProblemCode.SOURCE_UNAVAILABLE
            || (problem.code() == ProblemCode.SOURCE_MISBEHAVED
                && misbehaved++ < limits.misbehaviours());
    if (!again) {
      throw problem;
    }
    Retry current = retry == null ? new Retry(limits.retry(), timing) : retry;
    retry = current;
    current.pauseOrThrow(problem);
  }

  private void disconnect() {
    HttpURLConnection open = connection;
    connection = null;
    body = null;
    if (open != null) {
      open.disconnect();
    }
  }

  @Override
  public void close() {
    closed = true;
    HttpURLConnection open = connection;
    if (open != null) {
      open.disconnect();
    }
  }
}
