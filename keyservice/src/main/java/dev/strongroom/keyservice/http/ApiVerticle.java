package dev.strongroom.keyservice.http;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** One event loop of the listener. */
final class ApiVerticle extends VerticleBase {
  private static final int LARGE = 1 << 20;
  private static final byte[] NOTHING = new byte[0];
  private static final long SWEEP_MILLIS = 250;

  private final ApiListener.Shared shared;
  private final HttpServerOptions options;
  private final AtomicInteger port;
  private final ConnectionWatch watch;

  ApiVerticle(ApiListener.Shared shared, HttpServerOptions options, AtomicInteger port) {
    this.shared = shared;
    this.options = options;
    this.port = port;
    this.watch =
        new ConnectionWatch(
            shared.connections(),
            shared.settings().maxConnections(),
            shared.settings().idleTimeout());
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(SWEEP_MILLIS, id -> watch.closeQuiet());
    Router router = router();
    return vertx
        .createHttpServer(options)
        .connectionHandler(watch::opened)
        .requestHandler(router)
        .invalidRequestHandler(request ->
            new Reply(request)
                .send(
                    ProblemDocument.of(
                        ProblemCode.MALFORMED_REQUEST,
                        "this is no HTTP request that the service reads",
                        null)))
        .listen(options.getPort(), options.getHost())
        .onSuccess(server -> port.set(server.actualPort()));
  }

  private Router router() {
    Router router = Router.router(vertx);
    router.route().handler(this::watched);
    for (Route route : shared.routes()) {
      Timer timer =
          Timer.builder("strongroom.http.answers")
              .tag("route", route.method() + " " + route.documentedPath())
              .register(shared.meters());
      router.route(route.method(), route.routerPath()).handler(at -> begin(at, route, timer));
    }
    router.errorHandler(404, at -> refuse(at, ProblemCode.NOT_FOUND, "there is nothing here"));
    router.errorHandler(
        405, at -> refuse(at, ProblemCode.METHOD_NOT_ALLOWED, "this method is not known here"));
    router.errorHandler(
        400, at -> refuse(at, ProblemCode.MALFORMED_REQUEST, "the path or query is not readable"));
    router.errorHandler(
        500, at -> new Reply(at.request()).send(ProblemDocument.of(cause(at.failure()))));
    return router;
  }

  private static Throwable cause(@org.jspecify.annotations.Nullable Throwable failure) {
    return failure == null ? new IllegalStateException("a route failed") : failure;
  }

  private static void refuse(RoutingContext at, ProblemCode code, String detail) {
    new Reply(at.request()).send(ProblemDocument.of(code, detail, null));
  }

  // The end is heard of however it comes: an answer, a reset stream, a lost connection.
  private void watched(RoutingContext at) {
    HttpConnection connection = at.request().connection();
    watch.requestBegan(connection);
    at.addEndHandler(done -> watch.requestEnded(connection));
    at.next();
  }

  private void begin(RoutingContext at, Route route, Timer timer) {
    HttpServerRequest request = at.request();
    Reply reply = new Reply(request);
    long began = System.nanoTime();
    at.addEndHandler(done -> timer.record(Duration.ofNanos(System.nanoTime() - began)));
    try {
      // What a proof signs is the path as sent: no other spelling of it leads to the same place.
      if (!request.path().equals(at.normalizedPath())) {
        throw new Problem(ProblemCode.NOT_FOUND, "there is nothing here");
      }
      if (shared.draining().get()) {
        throw new Problem(ProblemCode.SHUTTING_DOWN, "the service is stopping; ask another one");
      }
      shared.limits().admitPeer(peer(request));
    } catch (Problem | LimitExceeded e) {
      reply.send(ProblemDocument.of(e));
      return;
    }
    if (route.answerWithin() != null && route.maxBody() > LARGE) {
      admit(at, route, reply);
    } else {
      read(at, route, route.endpoint(), reply);
    }
  }

  // Whoever made its headers up fills no memory: nothing of the body is read before the endpoint
  // knows who sends it. This takes no place of the slow routes, which strangers could keep full.
  private void admit(RoutingContext at, Route route, Reply reply) {
    Context context = vertx.getOrCreateContext();
    AtomicBoolean gone = new AtomicBoolean();
    at.addEndHandler(done -> gone.set(true));
    Call head = call(at, route, NOTHING);
    try {
      BodyReader.requireReadable(at.request(), route.maxBody());
      at.request().pause();
      shared
          .dispatcher()
          .run(
              () -> {
                Runnable next = admitted(at, route, head, reply);
                context.runOnContext(run -> next.run());
              },
              () -> !gone.get(),
              () ->
                  context.runOnContext(
                      run -> refusePaused(at, reply, ProblemDocument.of(Dispatcher.overloaded()))));
    } catch (Problem e) {
      refusePaused(at, reply, ProblemDocument.of(e));
    }
  }

  // What comes still is thrown away, so that a caller that writes first reads the answer.
  private static void refusePaused(RoutingContext at, Reply reply, ProblemDocument problem) {
    reply.send(problem);
    at.request().resume();
  }

  private Runnable admitted(RoutingContext at, Route route, Call head, Reply reply) {
    try {
      Admission admission = route.endpoint().admit(head);
      return () -> {
        if (at.response().closed()) {
          admission.abandon();
          return;
        }
        at.addEndHandler(done -> admission.abandon());
        read(at, route, admission, reply);
        at.request().resume();
      };
    } catch (RuntimeException | Error e) {
      ProblemDocument problem = ProblemDocument.of(e);
      return () -> refusePaused(at, reply, problem);
    }
  }

  private void read(RoutingContext at, Route route, Endpoint endpoint, Reply reply) {
    BodyReader.read(
            vertx,
            at.request(),
            route.maxBody(),
            shared.budget(route),
            shared.settings().requestTimeout())
        .onSuccess(body -> dispatch(at, route, endpoint, reply, body))
        .onFailure(e -> reply.send(ProblemDocument.of(e)));
  }

  private void dispatch(
      RoutingContext at, Route route, Endpoint endpoint, Reply reply, byte[] body) {
    Context context = vertx.getOrCreateContext();
    Runnable tooLate =
        () -> context.runOnContext(run -> reply.send(ProblemDocument.of(Dispatcher.overloaded())));
    Duration within =
        route.answerWithin() == null ? shared.settings().requestTimeout() : route.answerWithin();
    // Set once the answer was given without the task, or nobody is there to take one.
    AtomicBoolean over = new AtomicBoolean(at.response().closed());
    at.addEndHandler(done -> over.set(true));
    long timer =
        vertx.setTimer(
            within.toMillis(),
            id -> {
              over.set(true);
              tooLate.run();
            });
    Call call = call(at, route, body);
    Runnable task =
        () -> {
          Runnable answer = answer(at, endpoint, call, reply);
          context.runOnContext(run -> {
            vertx.cancelTimer(timer);
            answer.run();
          });
        };
    try {
      shared
          .dispatcher(route)
          .run(
              () -> {
                try {
                  task.run();
                } finally {
                  shared.budget(route).give(body.length);
                }
              },
              () -> !over.get(),
              () -> {
                shared.budget(route).give(body.length);
                tooLate.run();
              });
    } catch (Problem e) {
      vertx.cancelTimer(timer);
      shared.budget(route).give(body.length);
      reply.send(ProblemDocument.of(e));
    }
  }

  /** Runs the endpoint on the calling virtual thread; what comes back sends on the event loop. */
  private Runnable answer(RoutingContext at, Endpoint endpoint, Call call, Reply reply) {
    try {
      return switch (endpoint.answer(call)) {
        case Answer.Whole whole -> () -> reply.send(whole);
        case Answer.Empty empty -> reply::sendEmpty;
        case Answer.Refused refused -> () -> reply.send(refused.problem());
        case Answer.Events events -> () -> stream(at, reply, events.source());
      };
    } catch (RuntimeException | Error e) {
      ProblemDocument problem = ProblemDocument.of(e);
      return () -> reply.send(problem);
    }
  }

  private void stream(RoutingContext at, Reply reply, EventSource source) {
    // Who is gone would never be heard of again: no place for it, and no subscription.
    if (reply.given() || at.response().closed()) {
      return;
    }
    if (shared.streams().incrementAndGet() > shared.settings().maxEventStreams()) {
      shared.streams().decrementAndGet();
      reply.send(ProblemDocument.of(Dispatcher.overloaded()));
      return;
    }
    EventStream stream =
        new EventStream(vertx, reply.response(), () -> shared.streams().decrementAndGet());
    at.addEndHandler(done -> stream.finish());
    try {
      stream.open(source);
    } catch (RuntimeException e) {
      stream.finish();
      reply.send(ProblemDocument.of(e));
      return;
    }
    reply.beginStream("text/event-stream");
    stream.begin(shared.settings().heartbeat());
  }

  private static Call call(RoutingContext at, Route route, byte[] body) {
    HttpServerRequest request = at.request();
    Map<String, String> parameters = new HashMap<>(at.pathParams());
    String rest = route.restParameter();
    if (!rest.isEmpty()) {
      String prefix = route.routerPath();
      parameters.put(rest, request.path().substring(prefix.length() - 1));
    }
    Map<String, String> query = new HashMap<>();
    request.params().forEach(entry -> query.putIfAbsent(entry.getKey(), entry.getValue()));
    return new Call(
        request.method().name(),
        request.path(),
        Map.copyOf(parameters),
        Map.copyOf(query),
        request.headers().getAll("Authorization"),
        request.headers().getAll("DPoP"),
        peer(request),
        certificates(request.connection().sslSession()),
        body);
  }

  // Asked of the session anew with each request; who uses them verifies them anew, too.
  private static List<X509Certificate> certificates(
      @org.jspecify.annotations.Nullable SSLSession session) {
    if (session == null) {
      return List.of();
    }
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate each : session.getPeerCertificates()) {
        chain.add((X509Certificate) each);
      }
      return chain;
    } catch (SSLPeerUnverifiedException e) {
      return List.of(); // The client showed none.
    }
  }

  private static String peer(HttpServerRequest request) {
    return request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress();
  }
}
