package dev.strongroom.keyservice;

import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.LimitsConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.RatesConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.TlsConfig;
import dev.strongroom.keyservice.config.SpiffeConfig;
import dev.strongroom.keyservice.http.Limits;
import dev.strongroom.keyservice.http.ListenerSettings;
import dev.strongroom.keyservice.http.TlsMaterial;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network side of the configuration: certificate, limits, listener, event loops. */
final class Network {
  private static final Logger LOG = LoggerFactory.getLogger(Network.class);
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final int MAX_CONNECTIONS = 16_384;
  private static final long MAX_BUFFERED = 128L << 20;
  private static final int LEAST_AT_ONCE = 8;

  private Network() {}

  static TlsMaterial tls(KeyServiceConfig config) {
    TlsConfig given = config.listen().tls();
    TlsMaterial tls =
        given == null
            ? TlsMaterial.selfSigned(config.dataDir().resolve("tls"), config.origin().getHost())
            : TlsMaterial.of(given.certificate(), given.key());
    LOG.atInfo()
        .addKeyValue("certificate", tls.certificate())
        .addKeyValue("selfSigned", given == null)
        .log("certificate");
    return tls;
  }

  static Limits limits(LimitsConfig limits) {
    // No identity and no model takes more than half of the places.
    int atOnce = Math.max(LEAST_AT_ONCE, limits.concurrentRequests() / 2);
    RatesConfig rates = limits.requestsPerSecond();
    return new Limits(
        new Limits.Settings(
            rates.perAddress(),
            rates.perIdentity(),
            rates.perModel(),
            rates.burst(),
            atOnce,
            atOnce));
  }

  static ListenerSettings listener(KeyServiceConfig config) {
    SpiffeConfig spiffe = config.identity().spiffe();
    return new ListenerSettings(
        config.listen().host(),
        config.listen().port(),
        Runtime.getRuntime().availableProcessors(),
        MAX_CONNECTIONS,
        Math.toIntExact(config.limits().headerBytes().bytes()),
        MAX_BUFFERED,
        config.limits().concurrentRequests(),
        config.limits().queuedRequests(),
        config.leases().eventStreams(),
        config.limits().requestTimeout(),
        config.limits().idleTimeout(),
        HEARTBEAT,
        spiffe != null && spiffe.clientCertificates());
  }

  // Nothing is unpacked or cached on the disk: the root may be read-only.
  static Vertx vertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setFileCachingEnabled(false)
                    .setClassPathResolvingEnabled(false)));
  }
}
