package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.files.AuthorityFile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The connections to Vault: as many as calls are under way, kept for the next, the warmest first. A
 * call blocks the thread that makes it and wakes no other: with the JDK's {@code HttpClient} a call
 * passes through three threads, and costs as much again as Vault's answer. Thread-safe.
 */
final class VaultConnections implements AutoCloseable {
  /** Sooner than Vault's own time-out, and most proxies', so that a dead one is seldom tried. */
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final URI address;
  private final @Nullable SSLContext tls;
  private final int maxBody;
  private final Deque<VaultConnection> idle = new ConcurrentLinkedDeque<>();
  private final Set<VaultConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param maxBody of an answer, in bytes
   */
  VaultConnections(KekConfig.Vault config, SSLContext context, int maxBody) {
    this.address = config.address();
    this.tls = "https".equals(address.getScheme()) ? context : null;
    this.maxBody = maxBody;
  }

  /** What is trusted: the authorities of the configuration, or those of the system. */
  static SSLContext trust(KekConfig.Vault config) {
    Path caFile = config.caFile();
    try {
      if (caFile == null) {
        return SSLContext.getDefault();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, AuthorityFile.trustManagers(caFile, "kek.vault's"), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a JDK has TLS", e);
    }
  }

  /**
   * Sends a request that may be sent twice: once more on a new connection when a kept one turns out
   * to have ended meanwhile.
   *
   * @throws SocketTimeoutException when there is no answer in time
   */
  VaultReply exchange(byte[] request, Deadline deadline) throws IOException {
    VaultConnection kept = take();
    if (kept != null) {
      try {
        return exchange(kept, request, deadline);
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        if (kept.wasAnswered() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
      }
    }
    return exchange(connect(deadline), request, deadline);
  }

  /** Sends a request that must not be sent twice. */
  VaultReply exchangeOnce(byte[] request, Deadline deadline) throws IOException {
    return exchange(connect(deadline), request, deadline);
  }

  private VaultReply exchange(VaultConnection connection, byte[] request, Deadline deadline)
      throws IOException {
    boolean keep = false;
    try {
      VaultReply reply = connection.exchange(request, deadline);
      keep = connection.isKept() && !closed;
      return reply;
    } finally {
      if (keep) {
        idle.addFirst(connection);
        dropOld();
      } else {
        end(connection);
      }
    }
  }

  private @Nullable VaultConnection take() {
    VaultConnection warmest = idle.pollFirst();
    if (warmest == null || !warmest.isIdleFor(KEPT_NANOS)) {
      return warmest;
    }
    end(warmest);
    dropOld();
    return null;
  }

  private void dropOld() {
    VaultConnection coldest = idle.peekLast();
    while (coldest != null && (closed || coldest.isIdleFor(KEPT_NANOS))) {
      if (idle.removeLastOccurrence(coldest)) {
        end(coldest);
      }
      coldest = idle.peekLast();
    }
  }

  private VaultConnection connect(Deadline deadline) throws IOException {
    String host = address.getHost().replaceAll("[\\[\\]]", "");
    int port = address.getPort() >= 0 ? address.getPort() : tls == null ? 80 : 443;
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      int timeout = Math.toIntExact(Math.max(1, deadline.left().toMillis()));
      socket.connect(new InetSocketAddress(host, port), timeout);
      socket.setSoTimeout(timeout);
      Socket ready = tls == null ? socket : handshaken(tls, socket, host, port);
      VaultConnection connection = new VaultConnection(ready, maxBody);
      open.add(connection);
      if (closed) {
        end(connection);
        throw new IOException("closed");
      }
      return connection;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static SSLSocket handshaken(SSLContext context, Socket socket, String host, int port)
      throws IOException {
    SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
    SSLParameters parameters = tls.getSSLParameters();
    // Without it any certificate of the authorities would do, whatever host it names.
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  private void end(VaultConnection connection) {
    open.remove(connection);
    try {
      connection.close();
    } catch (IOException e) {
      // It is not used again.
    }
  }

  /** Ends every connection; who waits for an answer gets none. */
  @Override
  public void close() {
    closed = true;
    open.forEach(this::end);
    idle.clear();
  }
}
