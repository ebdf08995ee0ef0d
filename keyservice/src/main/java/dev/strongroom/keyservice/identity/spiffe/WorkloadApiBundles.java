package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.SpiffeConfig;
import io.grpc.Context;
import io.spiffe.bundle.jwtbundle.JwtBundle;
import io.spiffe.bundle.jwtbundle.JwtBundleSet;
import io.spiffe.bundle.x509bundle.X509Bundle;
import io.spiffe.bundle.x509bundle.X509BundleSet;
import io.spiffe.exception.SocketEndpointAddressException;
import io.spiffe.spiffeid.TrustDomain;
import io.spiffe.workloadapi.DefaultWorkloadApiClient;
import io.spiffe.workloadapi.Watcher;
import io.spiffe.workloadapi.WorkloadApiClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bundles from the SPIFFE Workload API: its streams bring each change at once. A stream that broke
 * is silent while the library tries to open it again, just as one without changes is; so the API is
 * asked besides, and what it last confirmed stays in use for a while only. Thread-safe.
 */
final class WorkloadApiBundles implements BundleSource {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadApiBundles.class);

  // Says that a stream broke, with a stack trace, at each attempt; we say it ourselves. Held here,
  // or the level would be forgotten.
  private static final java.util.logging.Logger STREAMS =
      java.util.logging.Logger.getLogger("io.spiffe.workloadapi.StreamObservers");

  static {
    STREAMS.setLevel(java.util.logging.Level.OFF);
  }

  private final WorkloadApiClient client;
  private final Duration keepFor;
  private final Duration timeout;
  private final InstantSource clock;
  private final ScheduledExecutorService background =
      Executors.newScheduledThreadPool(
          2, // one asks, one ends a question that takes too long
          Thread.ofPlatform().daemon().name("workload-api").factory());
  private final Kept<X509BundleSet> x509;
  private final Kept<JwtBundleSet> jwt;
  private final Map<TrustDomain, Built> built = new ConcurrentHashMap<>();
  private final boolean wantsX509;
  private final boolean wantsJwt;

  /** What the API last gave, and when it was last known to be current. */
  private static final class Kept<T> {
    private final String what;
    private volatile State<T> state = new State<>(null, Instant.MIN);

    private record State<T>(@Nullable T value, Instant confirmedAt) {}

    Kept(String what) {
      this.what = what;
    }
  }

  /** A bundle, and what it was made of. */
  private record Built(@Nullable X509Bundle x509, @Nullable JwtBundle jwt, DomainBundle bundle) {}

  WorkloadApiBundles(String address, SpiffeConfig config, InstantSource clock) {
    this.keepFor = config.keepFor();
    this.timeout = config.timeout();
    this.clock = clock;
    this.wantsX509 = config.clientCertificates();
    this.wantsJwt = config.audience() != null;
    this.x509 = new Kept<>("X.509 bundles");
    this.jwt = new Kept<>("JWT bundles");
    try {
      this.client =
          DefaultWorkloadApiClient.newClient(
              DefaultWorkloadApiClient.ClientOptions.builder().spiffeSocketPath(address).build());
    } catch (SocketEndpointAddressException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "identity.spiffe.workloadApi: " + e.getMessage() + "; write unix:/path/of/the/socket",
          e);
    }
    if (wantsX509) {
      client.watchX509Bundles(watcher(x509));
    }
    if (wantsJwt) {
      client.watchJwtBundles(watcher(jwt));
    }
    long every = config.refreshEvery().toMillis();
    var _ = background.scheduleWithFixedDelay(this::ask, 0, every, TimeUnit.MILLISECONDS);
  }

  private <T> Watcher<T> watcher(Kept<T> kept) {
    return new Watcher<>() {
      @Override
      public void onUpdate(T update) {
        take(kept, update);
      }

      @Override
      public void onError(Throwable e) {
        LOG.warn("the Workload API gives no {}: {}", kept.what, e.getMessage());
      }
    };
  }

  private <T> void take(Kept<T> kept, T value) {
    kept.state = new Kept.State<>(value, clock.instant());
  }

  private void ask() {
    if (wantsX509) {
      ask(x509, client::fetchX509Bundles);
    }
    if (wantsJwt) {
      ask(jwt, client::fetchJwtBundles);
    }
  }

  private <T> void ask(Kept<T> kept, Callable<T> question) {
    try (Context.CancellableContext bounded =
        Context.current()
            .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS, background)) {
      take(kept, bounded.call(question));
    } catch (Exception e) {
      LOG.warn("the Workload API gives no {}: {}", kept.what, cause(e));
    }
  }

  private static String cause(Throwable e) {
    return e.getCause() == null ? String.valueOf(e.getMessage()) : cause(e.getCause());
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // What came once is one object.
  public DomainBundle bundle(TrustDomain domain) {
    X509Bundle authorities =
        wantsX509 ? present(current(x509, domain).getBundles().get(domain), domain) : null;
    JwtBundle keys =
        wantsJwt ? present(current(jwt, domain).getBundles().get(domain), domain) : null;
    Built last = built.get(domain);
    if (last != null && last.x509() == authorities && last.jwt() == keys) {
      return last.bundle();
    }
    DomainBundle fresh =
        DomainBundle.of(
            authorities == null ? Set.of() : authorities.getX509Authorities(),
            keys == null ? Map.of() : keys.getJwtAuthorities());
    // The same bundle stays the same object: what was verified with it is remembered.
    DomainBundle bundle = last != null && last.bundle().equals(fresh) ? last.bundle() : fresh;
    built.put(domain, new Built(authorities, keys, bundle));
    return bundle;
  }

  private static <B> B present(@Nullable B bundle, TrustDomain domain) {
    if (bundle == null) {
      throw DomainBundle.unavailable(
          domain.getName(), "the Workload API gives no bundle of it; federate with it");
    }
    return bundle;
  }

  private <T> T current(Kept<T> kept, TrustDomain domain) {
    Kept.State<T> state = kept.state;
    T value = state.value();
    if (value == null || !clock.instant().isBefore(state.confirmedAt().plus(keepFor))) {
      throw DomainBundle.unavailable(
          domain.getName(),
          "the Workload API "
              + (value == null ? "has not answered yet" : "does not answer any more")
              + "; look whether its agent runs, and whether this service is registered");
    }
    return value;
  }

  @Override
  public void close() {
    background.shutdownNow();
    try {
      client.close();
    } catch (Exception e) {
      LOG.warn("the connection to the Workload API did not close: {}", e.getMessage());
    }
  }
}
