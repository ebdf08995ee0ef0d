package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.ObjectUrls.SignedGet;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A range over HTTP. What fails half way is asked for again from the first byte not yet given. */
final class HttpRangeStream implements RangeStream {
  private final ObjectRange range;
  private final ObjectUrls urls;
  private final ConnectionPool pool;
  private final RangeLimits limits;
  private final Timing timing;
  private final Progress progress;

  private long consumed;
  private int misbehaved;
  private int failed;
  private boolean refreshed;
  private @Nullable Retry retry;
  private @Nullable SignedGet url;
  private @Nullable StorageConnection connection;
  private boolean closed;

  HttpRangeStream(
      ObjectRange range,
      ObjectUrls urls,
      ConnectionPool pool,
      RangeLimits limits,
      Timing timing,
      Progress progress) {
    this.range = range;
    this.urls = urls;
    this.pool = pool;
    this.limits = limits;
    this.timing = timing;
    this.progress = progress;
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
        hangUp();
        decide(e);
      } catch (IOException e) {
        hangUp();
        decide(RangeRequest.unavailable(range, e));
      }
    }
  }

  private void attempt(byte[] into, int at, int length) throws IOException {
    if (isClosed()) {
      throw stopped();
    }
    SignedGet get = url == null ? urls.current(range.file()) : url;
    url = get;
    StorageConnection open = connected(get);
    int read = 0;
    while (read < length) {
      int n = open.read(into, at + read, length - read);
      if (n < 0) {
        throw RangeRequest.misbehaved(range, "the storage sends less than it announced");
      }
      read += n;
    }
    if (consumed + length == range.length()) {
      finish(get, open);
    }
  }

  private StorageConnection connected(SignedGet get) throws IOException {
    StorageConnection current = connection();
    if (current != null) {
      return current;
    }
    RangeRequest request = new RangeRequest(pool, this::keep);
    long offset = range.offset() + consumed;
    // What made one idle connection silent has mostly done so to the others too.
    return failed == 0 ? request.send(get, range, offset) : request.sendAfresh(get, range, offset);
  }

  private void finish(SignedGet get, StorageConnection open) {
    if (open.hasSurplus()) {
      throw RangeRequest.misbehaved(range, "the storage sends more than the range");
    }
    if (!open.reusable()) {
      hangUp();
    } else if (forget()) {
      pool.giveBack(get.url(), open);
    }
  }

  /** Makes ready for another attempt, or throws. */
  private void decide(Problem problem) {
    if (isClosed()) {
      throw stopped();
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
    failed++;
    if (used != null) {
      progress.on(
          new DeliveryEvent.SourceTrouble(
              host(used.url()), problem.code(), "" + problem.getMessage(), failed));
    }
    Retry current = retry == null ? new Retry(limits.retry(), timing) : retry;
    retry = current;
    current.pauseOrThrow(problem);
  }

  private static String host(URI url) {
    return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
  }

  private static Problem stopped() {
    return new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was stopped");
  }

  private synchronized @Nullable StorageConnection connection() {
    return connection;
  }

  private synchronized boolean keep(StorageConnection opened) {
    connection = closed ? null : opened;
    return !closed;
  }

  private synchronized boolean forget() {
    connection = null;
    return !closed;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void hangUp() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    hangUp();
  }
}
