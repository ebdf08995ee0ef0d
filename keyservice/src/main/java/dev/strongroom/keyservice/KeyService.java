package dev.strongroom.keyservice;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.evidence.HardwareVerifiers;
import dev.strongroom.keyservice.http.ApiListener;
import dev.strongroom.keyservice.http.ManagementListener;
import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.http.Route;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A key service that runs. */
public final class KeyService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyService.class);

  private final ApiListener api;
  private final ManagementListener management;
  private final Readiness readiness;
  private final PolicyWatch policy;
  private final TrustBundle trust;
  private final Path certificate;
  private final List<Route> routes;
  private final Duration drain;
  private final Deque<AutoCloseable> toClose;
  private boolean closed;

  KeyService(
      ApiListener api,
      ManagementListener management,
      Readiness readiness,
      PolicyWatch policy,
      TrustBundle trust,
      Path certificate,
      List<Route> routes,
      Duration drain,
      Deque<AutoCloseable> toClose) {
    this.api = api;
    this.management = management;
    this.readiness = readiness;
    this.policy = policy;
    this.trust = trust;
    this.certificate = certificate;
    this.routes = List.copyOf(routes);
    this.drain = drain;
    this.toClose = new ArrayDeque<>(toClose);
  }

  /**
   * Starts a service; returns when it answers.
   *
   * @throws Problem with the code of what is wrong
   */
  public static KeyService start(KeyServiceConfig config) {
    return start(config, InstantSource.system());
  }

  /** As {@link #start(KeyServiceConfig)}, with a clock of the caller's. */
  public static KeyService start(KeyServiceConfig config, InstantSource clock) {
    return start(config, HardwareVerifiers.of(config.attestation()), clock);
  }

  /**
   * As {@link #start(KeyServiceConfig)}, for a program that embeds the service and brings its own
   * verifiers of evidence; no configuration does.
   */
  public static KeyService start(
      KeyServiceConfig config, List<AttestationVerifier> verifiers, InstantSource clock) {
    return new KeyServiceWiring(config, verifiers, clock).start();
  }

  /** The port for workloads. */
  public int port() {
    return api.port();
  }

  /** The port for health and metrics. */
  public int managementPort() {
    return management.port();
  }

  /** What verifiers pin. */
  public TrustBundle trust() {
    return trust;
  }

  /** The certificate that the service shows, PEM. */
  public Path certificate() {
    return certificate;
  }

  /** What it answers. */
  List<Route> routes() {
    return routes;
  }

  /** Reads the policy again. What is wrong with it is logged; the policy in force stays then. */
  public void reloadPolicy() {
    policy.reload();
  }

  /**
   * Stops: not ready any more, new requests refused, running ones finished within the bound, the
   * log closed last.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    readiness.stop();
    LOG.atInfo().log("stopping");
    if (!api.drain(drain)) {
      LOG.atWarn().log("some requests did not finish within {}", drain);
    }
    api.close();
    closeAll(toClose);
    LOG.atInfo().log("stopped");
  }

  /** Closes what was opened, the last one first; a fault does not keep the others open. */
  static void closeAll(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOG.atError().setCause(e).log("something did not close");
      }
    }
  }
}
