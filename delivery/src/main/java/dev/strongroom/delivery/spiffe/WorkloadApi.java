package dev.strongroom.delivery.spiffe;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.client.ClientTls;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import io.grpc.Context;
import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.exception.SocketEndpointAddressException;
import io.spiffe.spiffeid.SpiffeId;
import io.spiffe.svid.jwtsvid.JwtSvid;
import io.spiffe.svid.x509svid.X509Svid;
import io.spiffe.workloadapi.DefaultWorkloadApiClient;
import io.spiffe.workloadapi.Watcher;
import io.spiffe.workloadapi.WorkloadApiClient;
import io.spiffe.workloadapi.X509Context;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The SVIDs of this workload. A JWT-SVID is fetched for each request, because it is good for
 * minutes; X.509-SVIDs come on a stream, each before the one before it runs out, and connections
 * that are made from then on show the new one. Thread-safe.
 */
public final class WorkloadApi implements AutoCloseable {
  private static final char[] NO_PASSWORD = new char[0];

  // Says that a stream broke, with a stack trace, at each attempt; the events of the agent say it.
  // Held here, or the level would be forgotten.
  private static final java.util.logging.Logger STREAMS =
      java.util.logging.Logger.getLogger("io.spiffe.workloadapi.StreamObservers");

  static {
    STREAMS.setLevel(java.util.logging.Level.OFF);
  }

  private final SpiffeSettings settings;
  private final @Nullable SpiffeId wanted;
  private final Duration timeout;
  private final InstantSource clock;
  private final WorkloadApiClient client;
  private final ScheduledExecutorService deadlines =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("workload-api-deadlines").factory());

  // Guarded by this.
  private @Nullable X509Svid svid;
  private @Nullable Made made;

  private record Made(X509Svid of, ClientTls tls) {}

  /**
   * Connects when something is first wanted.
   *
   * @param timeout of one question
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for an address or SPIFFE ID that is
   *     none
   */
  public WorkloadApi(SpiffeSettings settings, Duration timeout, InstantSource clock) {
    this.settings = settings;
    this.timeout = timeout;
    this.clock = clock;
    try {
      String id = settings.spiffeId();
      this.wanted = id == null ? null : SpiffeId.parse(id);
      this.client =
          DefaultWorkloadApiClient.newClient(
              DefaultWorkloadApiClient.ClientOptions.builder()
                  .spiffeSocketPath(settings.workloadApi())
                  .build());
    } catch (SocketEndpointAddressException | InvalidSpiffeIdException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "spiffe: " + e.getMessage(), e);
    }
    if (settings.x509()) {
      client.watchX509Context(watcher());
    }
  }

  private Watcher<X509Context> watcher() {
    return new Watcher<>() {
      @Override
      public void onUpdate(X509Context update) {
        take(update);
      }

      // The library asks again by itself; whoever wants the SVID hears that there is none.
      @Override
      public void onError(Throwable e) {}
    };
  }

  private synchronized void take(X509Context context) {
    svid =
        context.getX509Svids().stream()
            .filter(each -> wanted == null || each.getSpiffeId().equals(wanted))
            .findFirst()
            .orElse(null);
    notifyAll();
  }

  /** JWT-SVIDs as identity tokens; none where the settings name none. */
  public TokenSource tokens() {
    String audience = settings.audience();
    return audience == null ? TokenSource.none() : () -> jwtSvid(audience);
  }

  private String jwtSvid(String audience) {
    SpiffeId id = wanted;
    JwtSvid fetched =
        ask(() -> id == null ? client.fetchJwtSvid(audience) : client.fetchJwtSvid(id, audience));
    return fetched.getToken();
  }

  private <T> T ask(Callable<T> question) {
    try (Context.CancellableContext bounded =
        Context.current().withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS, deadlines)) {
      return bounded.call(question);
    } catch (Exception e) {
      throw unavailable("a JWT-SVID", e);
    }
  }

  /**
   * TLS to the key service with the X.509-SVID as client certificate.
   *
   * @param caFile PEM of the authorities that the service's certificate is checked against
   */
  public ClientTls.Source tls(Path caFile) {
    return settings.x509() ? () -> tlsNow(caFile) : ClientTls.once(() -> TlsTrust.of(caFile));
  }

  @SuppressWarnings("ReferenceEquality") // What came once is one object.
  private synchronized ClientTls tlsNow(Path caFile) {
    X509Svid current = svidNow();
    Made last = made;
    if (last == null || last.of() != current) {
      last = new Made(current, tls(caFile, current));
      made = last;
    }
    return last.tls();
  }

  private synchronized X509Svid svidNow() {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      for (long left = timeout.toNanos();
          svid == null && left > 0;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    X509Svid current = svid;
    if (current == null) {
      throw unavailable("an X.509-SVID", null);
    }
    if (!clock.instant().isBefore(current.getLeaf().getNotAfter().toInstant())) {
      throw unavailable("a fresh X.509-SVID (the last one has run out)", null);
    }
    return current;
  }

  private static ClientTls tls(Path caFile, X509Svid svid) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "svid",
          svid.getPrivateKey(),
          NO_PASSWORD,
          svid.getChain().toArray(X509Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, NO_PASSWORD);
      KeyManager[] managers = keys.getKeyManagers();
      return new ClientTls(
          TlsTrust.of(caFile, managers), Sha256Digest.of(svid.getLeaf().getEncoded()));
    } catch (GeneralSecurityException | IOException e) {
      throw new Problem(
          ProblemCode.IDENTITY_UNAVAILABLE, "the X.509-SVID cannot be used for TLS", e);
    }
  }

  private Problem unavailable(String what, @Nullable Throwable cause) {
    return new Problem(
        ProblemCode.IDENTITY_UNAVAILABLE,
        "the Workload API at "
            + settings.workloadApi()
            + " does not give "
            + what
            + (settings.spiffeId() == null ? "" : " of " + settings.spiffeId())
            + "; look whether its agent runs, and whether this workload is registered",
        cause);
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
    try {
      client.close();
    } catch (Exception e) {
      throw new IllegalStateException("the connection to the Workload API did not close", e);
    }
  }
}
