package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.source.ObjectUrls.SignedGet;
import dev.strongroom.delivery.source.StorageConnection.Head;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One GET of one range, and what its answer must look like. Nothing here repeats a URL. */
final class RangeRequest {
  // Those that this client says itself.
  private static final Set<String> OWN_HEADERS =
      Set.of("host", "range", "content-length", "connection", "accept-encoding");

  private final ConnectionPool pool;
  private final Predicate<StorageConnection> register;

  /**
   * @param register is given each connection before it is used, so that it can be closed at any
   *     time; false when it is no longer wanted
   */
  RangeRequest(ConnectionPool pool, Predicate<StorageConnection> register) {
    this.pool = pool;
    this.register = register;
  }

  /**
   * Sends the request and checks the head of the answer.
   *
   * @param offset where to begin, in the range
   * @return a connection whose next bytes are those from there to the end of the range
   * @throws IOException when there is no answer
   * @throws Problem for an answer that is not this range
   */
  StorageConnection send(SignedGet get, ObjectRange range, long offset) throws IOException {
    StorageConnection idle = pool.idle(get.url());
    if (idle != null) {
      try {
        requireWanted(idle);
        return checked(idle, idle.get(get.url(), headers(get, range, offset)), range, offset);
      } catch (SocketTimeoutException e) {
        // Time is lost already: the caller has to hear of it.
        idle.close();
        throw e;
      } catch (IOException e) {
        // The storage closes idle connections when it likes: a fresh one will tell.
        idle.close();
      }
    }
    return sendAfresh(get, range, offset);
  }

  /** As {@link #send}, over a connection that was not used before. */
  StorageConnection sendAfresh(SignedGet get, ObjectRange range, long offset) throws IOException {
    StorageConnection fresh = pool.unopened();
    try {
      requireWanted(fresh);
      fresh.connect(get.url());
      return checked(fresh, fresh.get(get.url(), headers(get, range, offset)), range, offset);
    } catch (IOException | RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private void requireWanted(StorageConnection connection) throws IOException {
    if (!register.test(connection)) {
      throw new IOException("the delivery was stopped");
    }
  }

  private static Map<String, String> headers(SignedGet get, ObjectRange range, long offset) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Range", "bytes=" + offset + "-" + range.last());
    headers.put("Accept-Encoding", "identity");
    get.headers()
        .forEach((name, value) -> {
          if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            headers.put(name, value);
          }
        });
    return headers;
  }

  private static StorageConnection checked(
      StorageConnection connection, Head head, ObjectRange range, long offset) {
    try {
      checkStatus(head.status(), range);
      checkHead(head, range, offset);
      return connection;
    } catch (Problem e) {
      connection.close();
      throw e;
    }
  }

  private static void checkStatus(int status, ObjectRange range) {
    String file = "file " + range.file() + ": ";
    if (status == 206) {
      return;
    }
    if (status == 403) {
      throw new Problem(
          ProblemCode.URL_EXPIRED, file + "the storage refuses the URL; ask for a fresh one");
    }
    if (status == 404 || status == 410 || status == 412) {
      throw new Problem(
          ProblemCode.OBJECT_CHANGED,
          file
              + "the object is not the one that was published (HTTP "
              + status
              + "); it was replaced or deleted, publish the version again");
    }
    if (status == 416) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          file + "the object is shorter than the manifest says; it was cut or replaced");
    }
    if (status == 408 || status == 429 || status >= 500) {
      throw new Problem(
          ProblemCode.SOURCE_UNAVAILABLE, file + "the storage answers HTTP " + status);
    }
    throw misbehaved(
        range,
        status >= 300 && status < 400
            ? "the storage redirects, which is refused"
            : "the storage answers a range with HTTP " + status);
  }

  private static void checkHead(Head head, ObjectRange range, long offset) {
    String encoding = head.header("content-encoding");
    if (head.header("transfer-encoding") != null
        || (encoding != null && !encoding.equalsIgnoreCase("identity"))) {
      throw misbehaved(range, "the storage sends the range in another encoding");
    }
    String given = head.header("content-range");
    String prefix = "bytes " + offset + "-" + range.last() + "/";
    if (given == null || !given.startsWith(prefix)) {
      throw misbehaved(range, "the storage sends another range than was asked for");
    }
    if (!given.substring(prefix.length()).equals(Long.toString(range.objectSize()))) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          "file "
              + range.file()
              + ": the object in storage has another size than the manifest says; it was cut,"
              + " extended or replaced");
    }
    if (!Long.toString(range.last() - offset + 1).equals(head.header("content-length"))) {
      throw misbehaved(range, "the storage announces another length than the range has");
    }
  }

  static Problem misbehaved(ObjectRange range, String why) {
    return new Problem(ProblemCode.SOURCE_MISBEHAVED, "file " + range.file() + ": " + why);
  }

  /** The refusal for an I/O failure. */
  static Problem unavailable(ObjectRange range, @Nullable IOException e) {
    String what =
        e instanceof SocketTimeoutException
            ? "the storage has been silent for too long"
            : e instanceof SSLException
                ? "no TLS connection to the storage: " + e.getMessage()
                : "the connection to the storage failed (" + reason(e) + ")";
    return new Problem(ProblemCode.SOURCE_UNAVAILABLE, "file " + range.file() + ": " + what);
  }

  private static String reason(@Nullable IOException e) {
    return e == null ? "closed" : e.getClass().getSimpleName() + ", " + e.getMessage();
  }
}
