package dev.strongroom.delivery.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection (RFC 9112) that sends GETs and takes answers of a known length. It is
 * this small because everything else that HTTP allows is refused here, and because a read that
 * waits must be ended at once when a lease ends: closing does that, from any thread and at any
 * time, also while it connects.
 */
final class StorageConnection implements AutoCloseable {
  private static final int MAX_HEAD = 64 << 10;
  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  // Storages send one at most.
  private static final int MAX_INTERIM = 8;

  private final RangeLimits limits;
  private final SSLSocketFactory tls;
  private final Socket transport = new Socket();
  private Socket socket = transport;
  private InputStream in = InputStream.nullInputStream();
  private final byte[] buffer = new byte[16 << 10];
  private int position;
  private int limit;
  private boolean reusable = true;

  /** Not yet connected. */
  StorageConnection(RangeLimits limits, SSLSocketFactory tls) {
    this.limits = limits;
    this.tls = tls;
  }

  /** Connects, for https with the host's name checked against its certificate. */
  void connect(URI url) throws IOException {
    boolean secure = url.getScheme().equalsIgnoreCase("https");
    int port = url.getPort() >= 0 ? url.getPort() : secure ? HTTPS : HTTP;
    transport.setTcpNoDelay(true);
    transport.connect(
        new InetSocketAddress(url.getHost(), port), Math.toIntExact(limits.connect().toMillis()));
    transport.setSoTimeout(Math.toIntExact(limits.stall().toMillis()));
    CompletableFuture<Void> alarm = alarm();
    try {
      socket = secure ? secured(transport, url.getHost(), port, tls) : transport;
      in = socket.getInputStream();
    } catch (IOException e) {
      throw orSilence(alarm, e);
    } finally {
      alarm.cancel(false);
    }
  }

  // The time-out of a read begins anew with each byte: who sends them one by one is hung up on.
  private CompletableFuture<Void> alarm() {
    return CompletableFuture.runAsync(
        this::close,
        CompletableFuture.delayedExecutor(limits.stall().toMillis(), TimeUnit.MILLISECONDS));
  }

  // Who hangs up on silence reads of a closed socket, which says nothing about why.
  private static IOException orSilence(CompletableFuture<Void> alarm, IOException e) {
    if (!alarm.isDone() || e instanceof SocketTimeoutException) {
      return e;
    }
    SocketTimeoutException silence = new SocketTimeoutException("no whole answer in time");
    silence.initCause(e);
    return silence;
  }

  private static Socket secured(Socket transport, String host, int port, SSLSocketFactory tls)
      throws IOException {
    SSLSocket socket = (SSLSocket) tls.createSocket(transport, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /**
   * The head of an answer.
   *
   * @param headers names in lower case; a name that came twice has its values joined by a comma
   */
  record Head(int status, Map<String, String> headers) {
    @Nullable String header(String name) {
      return headers.get(name);
    }
  }

  /** Sends a GET and reads the head of its answer, which must be whole before a stall's time. */
  Head get(URI url, Map<String, String> headers) throws IOException {
    StringBuilder request = new StringBuilder(1024).append("GET ");
    String path = url.getRawPath();
    request.append(path == null || path.isEmpty() ? "/" : path);
    if (url.getRawQuery() != null) {
      request.append('?').append(url.getRawQuery());
    }
    request.append(" HTTP/1.1\r\nHost: ").append(url.getHost());
    if (url.getPort() >= 0) {
      request.append(':').append(url.getPort());
    }
    request.append("\r\n");
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    CompletableFuture<Void> alarm = alarm();
    try {
      socket
          .getOutputStream()
          .write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      Head head = finalHead();
      reusable = !closes(head);
      return head;
    } catch (IOException e) {
      throw orSilence(alarm, e);
    } finally {
      alarm.cancel(false);
    }
  }

  // RFC 9112 section 9.6: after it nothing more may be sent here.
  private static boolean closes(Head head) {
    String options = head.header("connection");
    return options != null
        && Arrays.stream(options.split(",", -1))
            .anyMatch(option -> option.strip().equalsIgnoreCase("close"));
  }

  private Head finalHead() throws IOException {
    for (int interim = 0; interim <= MAX_INTERIM; interim++) {
      Head head = head();
      if (head.status() < 100 || head.status() >= 200) {
        return head;
      }
    }
    throw new IOException("too many interim answers");
  }

  private Head head() throws IOException {
    String status = line(MAX_HEAD);
    if (!status.startsWith("HTTP/1.1 ") || status.length() < 12) {
      throw new IOException("not HTTP/1.1");
    }
    Map<String, String> headers = new HashMap<>();
    int budget = MAX_HEAD - status.length();
    for (String line = line(budget); !line.isEmpty(); line = line(budget)) {
      budget -= line.length();
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IOException("a malformed header");
      }
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (one, other) -> one + ", " + other);
    }
    try {
      return new Head(Integer.parseInt(status.substring(9, 12)), headers);
    } catch (NumberFormatException e) {
      throw new IOException("a malformed status", e);
    }
  }

  private String line(int budget) throws IOException {
    StringBuilder line = new StringBuilder(80);
    for (int c = next(); c != '\n'; c = next()) {
      if (line.length() >= budget) {
        throw new IOException("a head that is too long");
      }
      line.append((char) c);
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return line.toString();
  }

  private int next() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, in.read(buffer, 0, buffer.length));
      if (limit == 0) {
        throw new EOFException("the connection was closed");
      }
    }
    return buffer[position++] & 0xff;
  }

  /**
   * Reads bytes of the body.
   *
   * @return how many, at least one; -1 when the connection was closed
   */
  int read(byte[] into, int at, int length) throws IOException {
    if (position < limit) {
      int n = Math.min(length, limit - position);
      System.arraycopy(buffer, position, into, at, n);
      position += n;
      return n;
    }
    return in.read(into, at, length);
  }

  /** Whether bytes have come that nobody asked for. */
  boolean hasSurplus() {
    return position < limit;
  }

  /** Whether the storage takes another request here after the answer that was read last. */
  boolean reusable() {
    return reusable;
  }

  /** Hangs up; a read that waits in another thread ends. */
  @Override
  public void close() {
    try {
      // The transport: closing TLS in order could wait for the very read that must end.
      transport.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
