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

  // Of the places, one in so many is for slow routes, and never fewer than the least.
  private static final int SLOW_PART = 4;
  private static final int LEAST_SLOW = 4;

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
   * @param slow places of the routes that take longer, so that they never take those of the rest
   * @param draining whether new requests are refused
   */
  record Shared(
      ListenerSettings settings,
      List<Route> routes,
      Limits limits,
      MeterRegistry meters,
      Dispatcher dispatcher,
      Dispatcher slow,
      BodyBudget budget,
      BodyBudget largeBudget,
      AtomicBoolean draining,
      AtomicInteger connections,
      AtomicInteger streams) {

    /** Where a route runs. */
    Dispatcher dispatcher(Route route) {
      return route.answerWithin() == null ? dispatcher : slow;
    }

    /** What pays for the body of a route: the large bodies of slow routes never starve the rest. */
    BodyBudget budget(Route route) {
      return route.answerWithin() == null ? budget : largeBudget;
    }

    /** Requests that run or wait. */
    int present() {
      return dispatcher.present() + slow.present();
    }
  }

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
            new Dispatcher(
                part(settings.concurrentRequests()),
                part(settings.queuedRequests()),
                settings.requestTimeout()),
            new BodyBudget(settings.maxBufferedBytes() / 4),
            new BodyBudget(settings.maxBufferedBytes() / 4 * 3),
            new AtomicBoolean(),
            new AtomicInteger(),
            new AtomicInteger());
    meters.gauge("strongroom.http.connections", shared.connections());
    meters.gauge("strongroom.http.streams", shared.streams());
    meters.gauge("strongroom.http.requests", shared, Shared::present);
    HttpServerOptions options = ServerOptions.of(settings, tls, routes);
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

  private static int part(int all) {
    return Math.max(LEAST_SLOW, all / SLOW_PART);
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  /** Refuses new requests with {@code shutting-down} and lets those that run finish. */
  public boolean drain(Duration atMost) {
    shared.draining().set(true);
    try {
      long end = System.nanoTime() + atMost.toNanos();
      return shared.dispatcher().awaitNone(atMost)
          && shared.slow().awaitNone(Duration.ofNanos(end - System.nanoTime()));
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
