package dev.strongroom.delivery.source;

import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Timing;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Objects behind presigned URLs, read by HTTP ranges (RFC 9110 section 14) over connections that
 * are kept. Blocking, on the thread of the caller, straight into the caller's array: a blocking
 * socket receives several times faster than the HTTP client of the runtime. No proxy is used and no
 * redirect is followed.
 */
public final class HttpRangeSource implements RangeSource, AutoCloseable {
  private final ObjectUrls urls;
  private final RangeLimits limits;
  private final Timing timing;
  private final ConnectionPool pool;
  private final Progress progress;

  /** As the other constructor; nobody is told of attempts that fail. */
  public HttpRangeSource(
      ObjectUrls urls,
      RangeLimits limits,
      Timing timing,
      int workers,
      @Nullable SSLSocketFactory tls) {
    this(urls, limits, timing, workers, tls, Progress.none());
  }

  /**
   * @param workers how many threads read at once: as many idle connections are kept
   * @param tls for https URLs; null for the runtime's own trust
   * @param progress is told of each attempt that fails and is made again
   */
  public HttpRangeSource(
      ObjectUrls urls,
      RangeLimits limits,
      Timing timing,
      int workers,
      @Nullable SSLSocketFactory tls,
      Progress progress) {
    this.urls = urls;
    this.progress = progress;
    this.limits = limits;
    this.timing = timing;
    this.pool =
        new ConnectionPool(
            limits, tls == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : tls, workers);
  }

  @Override
  public RangeStream open(ObjectRange range) {
    return new HttpRangeStream(range, urls, pool, limits, timing, progress);
  }

  /** Hangs up on every idle connection. */
  @Override
  public void close() {
    pool.close();
  }
}
