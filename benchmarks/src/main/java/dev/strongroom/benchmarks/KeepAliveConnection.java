package dev.strongroom.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One HTTP/1.1 connection that is kept alive, over TLS 1.3: the cheapest client that is still
 * honest, so that a load test measures the service and not its client. Not for anything else.
 */
final class KeepAliveConnection implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private final String host;

  KeepAliveConnection(SSLSocketFactory factory, String host, int port) throws IOException {
    this(tls(factory, host, port), host + ":" + port);
  }

  private KeepAliveConnection(Socket socket, String host) throws IOException {
    socket.setTcpNoDelay(true);
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    this.host = host;
  }

  /** Without TLS, for servers of this machine that have none. */
  static KeepAliveConnection plain(String host, int port) throws IOException {
    return new KeepAliveConnection(new Socket(host, port), host + ":" + port);
  }

  private static Socket tls(SSLSocketFactory factory, String host, int port) throws IOException {
    SSLSocket tls = (SSLSocket) factory.createSocket(host, port);
    tls.setEnabledProtocols(new String[] {"TLSv1.3"});
    tls.startHandshake();
    return tls;
  }

  /** What came back. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, byte[] body) {}

  /** Posts a JSON body and reads the whole answer. */
  Answer post(String path, byte[] body) throws IOException {
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] message = new byte[head.length() + body.length];
    System.arraycopy(head.getBytes(ISO_8859_1), 0, message, 0, head.length());
    System.arraycopy(body, 0, message, head.length(), body.length);
    return exchange(message);
  }

  /** Sends a whole request and reads the whole answer. */
  Answer exchange(byte[] request) throws IOException {
    out.write(request);
    out.flush();
    int status = Integer.parseInt(line().substring(9, 12));
    int length = -1;
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).trim());
      }
    }
    if (length < 0) {
      throw new IOException("the answer has no length");
    }
    return new Answer(status, in.readNBytes(length));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
