package dev.strongroom.keyservice.http;

import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.TrustOptions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What both listeners have in common: TLS 1.3 alone, and limits before anything is buffered. */
final class ServerOptions {
  private static final int MAX_LINE = 4_096;
  private static final int MAX_CHUNK = 16_384;
  private static final int MAX_STREAMS = 128;
  private static final int BACKLOG = 1_024;
  private static final long HANDSHAKE_SECONDS = 10;

  private ServerOptions() {}

  static HttpServerOptions of(ListenerSettings settings, TlsMaterial tls, List<Route> routes) {
    HttpServerOptions options = tls(tls);
    if (settings.clientCertificates()) {
      options
          .setClientAuth(ClientAuth.REQUEST)
          .setTrustOptions(TrustOptions.wrap(new KeyPossessionOnly()));
    }
    return options
        .setHost(settings.host())
        // Below zero: one free port for all event loops, where 0 would be one for each.
        .setPort(settings.port() == 0 ? -1 : settings.port())
        .setMaxHeaderSize(settings.maxHeaderBytes())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        // The listener's own watch closes first and knows of requests that still run. This one does
        // not, so it leaves room for the slowest of them: for its turn, its body and its answer.
        .setIdleTimeout(
            Math.toIntExact(
                settings
                    .idleTimeout()
                    .plus(settings.requestTimeout().multipliedBy(2))
                    .plus(longestAnswer(settings, routes))
                    .toMillis()))
        .setInitialSettings(
            new Http2Settings()
                .setPushEnabled(false)
                .setMaxConcurrentStreams(MAX_STREAMS)
                .setMaxHeaderListSize(settings.maxHeaderBytes()));
  }

  private static Duration longestAnswer(ListenerSettings settings, List<Route> routes) {
    return routes.stream()
        .map(route -> Objects.requireNonNullElse(route.answerWithin(), Duration.ZERO))
        .max(Comparator.naturalOrder())
        .filter(slowest -> slowest.compareTo(settings.requestTimeout()) > 0)
        .orElse(settings.requestTimeout());
  }

  static HttpServerOptions tls(TlsMaterial tls) {
    HttpServerOptions options = new HttpServerOptions();
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
        .setKeyCertOptions(tls.options())
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
        .setHandle100ContinueAutomatically(true)
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(MAX_LINE)
        .setMaxChunkSize(MAX_CHUNK)
        .setAcceptBacklog(BACKLOG)
        .setTcpNoDelay(true);
    return options;
  }
}
