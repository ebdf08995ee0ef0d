package dev.strongroom.delivery.source;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Connections that have read an answer to its end and can take another request. */
final class ConnectionPool implements AutoCloseable {
  private final RangeLimits limits;
  private final SSLSocketFactory tls;
  private final int keep;
  private final Map<String, Deque<StorageConnection>> idle = new HashMap<>();

  /**
   * @param keep the most idle connections for each host
   */
  ConnectionPool(RangeLimits limits, SSLSocketFactory tls, int keep) {
    this.limits = limits;
    this.tls = tls;
    this.keep = keep;
  }

  /** An idle connection to this host; null when there is none. */
  @Nullable StorageConnection idle(URI url) {
    synchronized (idle) {
      Deque<StorageConnection> connections = idle.get(key(url));
      return connections == null ? null : connections.poll();
    }
  }

  /** A connection that is still to be opened: whoever holds it can close it while it connects. */
  StorageConnection unopened() {
    return new StorageConnection(limits, tls);
  }

  void giveBack(URI url, StorageConnection connection) {
    synchronized (idle) {
      Deque<StorageConnection> connections =
          idle.computeIfAbsent(key(url), key -> new ArrayDeque<>());
      if (connections.size() < keep) {
        connections.push(connection);
        return;
      }
    }
    connection.close();
  }

  private static String key(URI url) {
    return url.getScheme() + "://" + url.getRawAuthority();
  }

  @Override
  public void close() {
    synchronized (idle) {
      idle.values().forEach(connections -> connections.forEach(StorageConnection::close));
      idle.clear();
    }
  }
}
