package dev.strongroom.keyservice.http;

import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes connections on which no whole request comes. An idle time-out alone does not: each byte of
 * a request that drips in resets it. One per event loop, used on that loop alone.
 */
final class ConnectionWatch {
  private final AtomicInteger open;
  private final int maxOpen;
  private final long idleNanos;
  private final Map<HttpConnection, State> states = new HashMap<>();

  /**
   * @param open connections of all event loops together
   */
  ConnectionWatch(AtomicInteger open, int maxOpen, Duration idle) {
    this.open = open;
    this.maxOpen = maxOpen;
    this.idleNanos = idle.toNanos();
  }

  void opened(HttpConnection connection) {
    if (open.incrementAndGet() > maxOpen) {
      connection.closeHandler(closed -> open.decrementAndGet());
      connection.close();
      return;
    }
    states.put(connection, new State());
    connection.closeHandler(closed -> {
      states.remove(connection);
      open.decrementAndGet();
    });
  }

  void requestBegan(HttpConnection connection) {
    State state = states.get(connection);
    if (state != null) {
      state.requests++;
    }
  }

  void requestEnded(HttpConnection connection) {
    State state = states.get(connection);
    if (state != null) {
      state.requests--;
      state.quietSince = System.nanoTime();
    }
  }

  void closeQuiet() {
    long now = System.nanoTime();
    states.entrySet().stream()
        .filter(e -> e.getValue().requests == 0 && now - e.getValue().quietSince > idleNanos)
        .map(Map.Entry::getKey)
        .toList()
        .forEach(HttpConnection::close);
  }

  private static final class State {
    int requests;
    long quietSince = System.nanoTime();
  }
}
