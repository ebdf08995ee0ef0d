package dev.strongroom.keyservice.kms.vault;

import java.util.concurrent.CancellationException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;

/**
 * Connects as the library does, to one address of a host after the other, and stops when the call
 * is aborted: an abort ends the socket of the address that is being tried, and the library would
 * turn to the next one, which nothing ends any more.
 */
final class EndingConnects extends DefaultHttpClientConnectionOperator {

  EndingConnects(DnsResolver names, TlsSocketStrategy tls) {
    super(
        null,
        names,
        RegistryBuilder.<TlsSocketStrategy>create().register(URIScheme.HTTPS.id, tls).build());
  }

  /** What a request is made with, so that its connection knows when it is aborted. */
  static HttpContext contextOf(HttpUriRequestBase request) {
    HttpClientContext context = HttpClientContext.create();
    context.setRequest(request);
    return context;
  }

  @Override
  protected void onBeforeSocketConnect(HttpContext context, HttpHost host) {
    requireGoesOn(context);
  }

  @Override
  protected void onBeforeTlsHandshake(HttpContext context, HttpHost host) {
    requireGoesOn(context);
  }

  private static void requireGoesOn(HttpContext context) {
    HttpRequest request = HttpCoreContext.cast(context).getRequest();
    if (request instanceof HttpUriRequestBase call && call.isAborted()) {
      throw new CancellationException("the call was aborted before it was connected");
    }
  }
}
