package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener for workloads, publishers and operators: TLS 1.3, HTTP/2 and 1.1. Bytes move on
 * event loops, each request runs on a virtual thread.
 */
public final class ApiListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiListener.class);
  private static final Duration START = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final Shared shared;
  private final int port;

  private ApiListener(Vertx vertx, Shared shared, int port) {
    this.vertx = vertx;
    this.shared = shared;
    this.port = port;
  }

  /**
   * What the event loops share.
   *
   * @param draining whether new requests are refused
   */
  record Shared(
      ListenerSettings settings,
      List<Route> routes,
      Limits limits,
      MeterRegistry meters,
      Dispatcher dispatcher,
      BodyBudget budget,
      AtomicBoolean draining,
      AtomicInteger connections,
      AtomicInteger streams) {}

  /**
   * Listens; returns when every event loop does.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot
   */
  public static ApiListener start(
      Vertx vertx,
      ListenerSettings settings,
      TlsMaterial tls,
      List<Route> routes,
      Limits limits,
      MeterRegistry meters) {
    Shared shared =
        new Shared(
            settings,
            List.copyOf(routes),
            limits,
            meters,
            new Dispatcher(
                settings.concurrentRequests(),
                settings.queuedRequests(),
                settings.requestTimeout()),
            new BodyBudget(settings.maxBufferedBytes()),
            new AtomicBoolean(),
            new AtomicInteger(),
            new AtomicInteger());
    meters.gauge("strongroom.http.connections", shared.connections());
    meters.gauge("strongroom.http.streams", shared.streams());
    meters.gauge("strongroom.http.requests", shared.dispatcher(), Dispatcher::present);
    HttpServerOptions options = ServerOptions.of(settings, tls);
    AtomicInteger port = new AtomicInteger(settings.port());
    try {
      vertx
          .deployVerticle(
              () -> new ApiVerticle(shared, options, port),
              new DeploymentOptions().setInstances(settings.eventLoops()))
          .await(START.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "cannot listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage(),
          e);
    }
    return new ApiListener(vertx, shared, port.get());
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  /** Refuses new requests with {@code shutting-down} and lets those that run finish. */
  public boolean drain(Duration atMost) {
    shared.draining().set(true);
    try {
      return shared.dispatcher().awaitNone(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    shared.draining().set(true);
    try {
      vertx.close().await(START.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      LOG.atWarn().setCause(e).log("the network did not close in time");
    }
  }
}
