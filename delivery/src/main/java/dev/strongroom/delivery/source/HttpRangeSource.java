package dev.strongroom.delivery.source;

import dev.strongroom.delivery.retry.Timing;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Objects behind presigned URLs, read by HTTP ranges (RFC 9110 section 14) over connections that
 * are kept. Blocking, on the thread of the caller: {@link java.net.HttpURLConnection} receives
 * several times faster than the newer client of the runtime.
 */
public final class HttpRangeSource implements RangeSource {
  private final ObjectUrls urls;
  private final RangeLimits limits;
  private final Timing timing;
  private final @Nullable SSLSocketFactory tls;

  /**
   * @param tls for https URLs; null for the runtime's own trust
   */
  public HttpRangeSource(
      ObjectUrls urls, RangeLimits limits, Timing timing, @Nullable SSLSocketFactory tls) {
    this.urls = urls;
    this.limits = limits;
    this.timing = timing;
    this.tls = tls;
  }

  /**
   * Lets the runtime keep this many idle connections for each host; it reads the value once, at the
   * first request of the process. Without it, workers beyond the fifth reconnect for every range.
   */
  public static void keepConnections(int workers) {
    System.setProperty("http.maxConnections", Integer.toString(Math.max(5, workers)));
  }

  @Override
  public RangeStream open(ObjectRange range) {
    return new HttpRangeStream(range, urls, new RangeRequest(limits, tls), limits, timing);
  }
}
