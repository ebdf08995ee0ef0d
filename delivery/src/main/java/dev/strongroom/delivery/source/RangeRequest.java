package dev.strongroom.delivery.source;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.source.ObjectUrls.SignedGet;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** One GET of one range, and what its answer must look like. Nothing here repeats a URL. */
final class RangeRequest {
  // The runtime sets these itself, from the URL.
  private static final Set<String> OWN_HEADERS = Set.of("host", "content-length", "connection");

  private final RangeLimits limits;
  private final @Nullable SSLSocketFactory tls;

  RangeRequest(RangeLimits limits, @Nullable SSLSocketFactory tls) {
    this.limits = limits;
    this.tls = tls;
  }

  /**
   * Sends the request and checks the head of the answer.
   *
   * @return a connection whose body is exactly {@code offset} to the end of the range
   */
  HttpURLConnection send(SignedGet get, ObjectRange range, long offset) {
    try {
      HttpURLConnection connection = prepare(get);
      connection.setRequestProperty("Range", "bytes=" + offset + "-" + range.last());
      int status = connection.getResponseCode();
      try {
        checkStatus(status, range);
        checkHead(connection, range, offset);
      } catch (Problem e) {
        connection.disconnect();
        throw e;
      }
      return connection;
    } catch (IOException e) {
      throw unavailable(range, e);
    }
  }

  private HttpURLConnection prepare(SignedGet get) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) get.url().toURL().openConnection();
    connection.setConnectTimeout(Math.toIntExact(limits.connect().toMillis()));
    connection.setReadTimeout(Math.toIntExact(limits.stall().toMillis()));
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    if (connection instanceof HttpsURLConnection https && tls != null) {
      https.setSSLSocketFactory(tls);
    }
    get.headers()
        .forEach((name, value) -> {
          if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            connection.setRequestProperty(name, value);
          }
        });
    return connection;
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

  private static void checkHead(HttpURLConnection connection, ObjectRange range, long offset) {
    String encoding = connection.getHeaderField("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw misbehaved(range, "the storage sends the range in another encoding");
    }
    String given = connection.getHeaderField("Content-Range");
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
    if (connection.getContentLengthLong() != range.last() - offset + 1) {
      throw misbehaved(range, "the storage announces another length than the range has");
    }
  }

  static Problem misbehaved(ObjectRange range, String why) {
    return new Problem(ProblemCode.SOURCE_MISBEHAVED, "file " + range.file() + ": " + why);
  }

  // The message of an I/O exception can hold the URL, so neither it nor the cause is passed on.
  static Problem unavailable(ObjectRange range, IOException e) {
    if ("Premature EOF".equals(e.getMessage())) {
      return misbehaved(range, "the storage sends less than it announced");
    }
    String what =
        e instanceof SocketTimeoutException
            ? "the storage has been silent for too long"
            : e instanceof SSLException
                ? "no TLS connection to the storage: " + e.getMessage()
                : "the connection to the storage broke (" + e.getClass().getSimpleName() + ")";
    return new Problem(ProblemCode.SOURCE_UNAVAILABLE, "file " + range.file() + ": " + what);
  }
}
