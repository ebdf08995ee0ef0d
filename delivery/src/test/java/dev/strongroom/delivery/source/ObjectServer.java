package dev.strongroom.delivery.source;

import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.manifest.Manifest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * An object storage over plain sockets that serves ranges of presigned URLs, and misbehaves on
 * demand in ways that no HTTP library would let it.
 */
public final class ObjectServer implements AutoCloseable {
  /** What to do instead of the right thing, for one request. */
  @FunctionalInterface
  public interface Manners {
    /** The answer to send, given the right one. */
    Answer answer(Request request, Answer right);
  }

  /**
   * @param number of the request, from 1
   */
  public record Request(
      int number, int object, String token, long first, long last, Map<String, String> headers) {}

  /** An answer, and how to end it. */
  public record Answer(int status, Map<String, String> headers, List<byte[]> body, Ending ending) {
    public Answer withStatus(int other) {
      return new Answer(other, headers, body, ending);
    }

    public Answer withHeader(String name, String value) {
      Map<String, String> changed = new TreeMap<>(headers);
      changed.put(name, value);
      return new Answer(status, changed, body, ending);
    }

    public Answer withBody(byte[] other) {
      return new Answer(status, headers, List.of(other), ending);
    }

    /** Announces everything and sends this many bytes. */
    public Answer cutTo(int bytes, Ending then) {
      byte[] all = body.getFirst();
      return new Answer(
          status,
          headers,
          List.of(java.util.Arrays.copyOf(all, Math.min(bytes, all.length))),
          then);
    }

    public byte[] bytes() {
      return body.getFirst().clone();
    }
  }

  /** What follows the body. */
  public enum Ending {
    KEEP,
    CLOSE,
    RESET,
    STALL
  }

  private final ServerSocket server;
  private final List<byte[]> objects;
  private final Manners manners;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger tokens = new AtomicInteger();
  private final Set<String> validTokens = ConcurrentHashMap.newKeySet();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch first = new CountDownLatch(1);

  /** Every request so far. */
  public final Queue<Request> seen = new ConcurrentLinkedQueue<>();

  public ObjectServer(List<byte[]> objects, Manners manners) {
    this.objects = List.copyOf(objects);
    this.manners = manners;
    try {
      this.server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** A server that does the right thing. */
  public static ObjectServer wellBehaved(List<byte[]> objects) {
    return new ObjectServer(objects, (request, right) -> right);
  }

  public String origin() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  int port() {
    return server.getLocalPort();
  }

  /** Waits until somebody has asked for something. */
  void awaitRequest() throws InterruptedException {
    first.await();
  }

  /** The number of connections that clients have made. */
  int connections() {
    return sockets.size();
  }

  public StorageHosts hosts() {
    return StorageHosts.of(List.of(origin()));
  }

  /** Makes every URL given so far worthless. */
  public void expireTokens() {
    validTokens.clear();
  }

  /** A fresh URL of an object. */
  public ObjectUrl sign(int object) {
    String token = "t" + tokens.incrementAndGet();
    validTokens.add(token);
    return new ObjectUrl(
        object,
        origin() + "/object/" + object + "?token=" + token,
        Map.of("If-Match", "\"etag-" + object + "\""),
        objects.get(object).length,
        60);
  }

  /** URLs of all objects, refreshed by this server. */
  public ObjectUrls urls(Manifest manifest) {
    List<ObjectUrl> all = IntStream.range(0, objects.size()).mapToObj(this::sign).toList();
    return new ObjectUrls(
        manifest, hosts(), all, indexes -> indexes.stream().map(this::sign).toList());
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        if (closed.getCount() == 0) {
          // Taken after the close, by a thread that had not heard of it yet.
          socket.close();
          return;
        }
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        String line = line(in);
        if (line.isEmpty()) {
          return;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          int colon = header.indexOf(':');
          headers.put(
              header.substring(0, colon).toLowerCase(Locale.ROOT),
              header.substring(colon + 1).trim());
        }
        if (!send(socket, request(line, headers))) {
          return;
        }
      }
    } catch (IOException | InterruptedException e) {
      // The client went away, or this server was closed.
    }
  }

  private Request request(String line, Map<String, String> headers) {
    String path = line.split(" ", -1)[1];
    int object = Integer.parseInt(path.substring("/object/".length(), path.indexOf('?')));
    String[] range = headers.getOrDefault("range", "bytes=0-0").substring(6).split("-", -1);
    Request request =
        new Request(
            requests.incrementAndGet(),
            object,
            path.substring(path.indexOf("token=") + 6),
            Long.parseLong(range[0]),
            Long.parseLong(range[1]),
            headers);
    seen.add(request);
    first.countDown();
    return request;
  }

  private Answer right(Request request) {
    byte[] object = objects.get(request.object());
    if (!validTokens.contains(request.token())) {
      return plain(403);
    }
    if (!("\"etag-" + request.object() + "\"").equals(request.headers().get("if-match"))) {
      return plain(412);
    }
    if (request.last() >= object.length) {
      return plain(416);
    }
    byte[] body =
        java.util.Arrays.copyOfRange(object, (int) request.first(), (int) request.last() + 1);
    return new Answer(
        206,
        Map.of(
            "Content-Range",
            "bytes " + request.first() + "-" + request.last() + "/" + object.length,
            "Content-Length",
            Integer.toString(body.length)),
        List.of(body),
        Ending.KEEP);
  }

  public static Answer plain(int status) {
    return new Answer(status, Map.of("Content-Length", "0"), List.of(new byte[0]), Ending.KEEP);
  }

  private boolean send(Socket socket, Request request) throws IOException, InterruptedException {
    Answer answer = manners.answer(request, right(request));
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " Status\r\n");
    answer.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    OutputStream out = socket.getOutputStream();
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    out.write(answer.bytes());
    out.flush();
    return switch (answer.ending()) {
      case KEEP -> true;
      case CLOSE -> false;
      case RESET -> {
        socket.setSoLinger(true, 0);
        yield false;
      }
      case STALL -> {
        closed.await();
        yield false;
      }
    };
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
