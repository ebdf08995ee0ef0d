package dev.strongroom.keyservice.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of server-sent events (WHATWG HTML section 9.2). Comments keep it alive. A reader that
 * does not read is let go: its end of the lease is the bound that counts.
 */
final class EventStream implements EventSource.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

  private final Vertx vertx;
  private final Context context;
  private final HttpServerResponse response;
  private final Runnable onEnd;
  private long heartbeat;
  private AutoCloseable source = () -> {};
  private boolean ended;

  /**
   * Make it on the context of the request; nothing is sent yet.
   *
   * @param onEnd called once, on that context, when the stream ends or does not begin
   */
  EventStream(Vertx vertx, HttpServerResponse response, Runnable onEnd) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.response = response;
    this.onEnd = onEnd;
  }

  /** Asks for the events; what the source throws is still an answer of its own. */
  void open(EventSource events) {
    source = events.open(this);
  }

  /** Begins the stream, in the same turn of the event loop in which it was opened. */
  void begin(Duration beat) {
    response.setWriteQueueMaxSize(4_096);
    response.write(": open\n\n");
    heartbeat = vertx.setPeriodic(beat.toMillis(), id -> beat());
  }

  private void beat() {
    if (response.writeQueueFull()) {
      response.reset(0);
      finish();
    } else {
      response.write(": alive\n\n");
    }
  }

  @Override
  public void event(String data) {
    context.runOnContext(run -> {
      if (!ended) {
        response.write("data: " + data + "\n\n");
      }
    });
  }

  @Override
  public void end() {
    context.runOnContext(run -> {
      if (!ended) {
        response.end();
        finish();
      }
    });
  }

  /** Ends the delivery; called by whoever sees the end first, on the context of the request. */
  void finish() {
    if (!ended) {
      ended = true;
      vertx.cancelTimer(heartbeat);
      closeSource();
      onEnd.run();
    }
  }

  private void closeSource() {
    try {
      source.close();
    } catch (Exception e) {
      LOG.atWarn().setCause(e).log("an event source did not close");
    }
  }
}
