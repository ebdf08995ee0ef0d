package dev.strongroom.delivery.source;

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

  /**
   * @param workers how many threads read at once: as many idle connections are kept
   * @param tls for https URLs; null for the runtime's own trust
   */
  public HttpRangeSource(
      ObjectUrls urls,
      RangeLimits limits,
      Timing timing,
      int workers,
      @Nullable SSLSocketFactory tls) {
    this.urls = urls;
    this.limits = limits;
    this.timing = timing;
    this.pool =
        new ConnectionPool(
            limits, tls == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : tls, workers);
  }

  @Override
  public RangeStream open(ObjectRange range) {
    return new HttpRangeStream(range, urls, pool, limits, timing);
  }

  /** Hangs up on every idle connection. */
  @Override
  public void close() {
    pool.close();
  }
}
