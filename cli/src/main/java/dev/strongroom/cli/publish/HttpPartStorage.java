package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Puts parts over HTTP. The JDK's older client writes an array to the socket as it is, where the
 * newer one copies it into small pieces. Redirects are refused, and no proxy is used: a presigned
 * URL is a secret for one host.
 */
public final class HttpPartStorage implements PartStorage {
  /** Headers that the connection sets itself. */
  private static final Set<String> OWN_HEADERS = Set.of("host", "content-length");

  private static final int MAX_ANSWER = 64 << 10;

  private final UploadOrigins origins;
  private final SSLContext tls;
  private final Duration connectTimeout;
  private final Duration readTimeout;

  /**
   * @param origins where parts may be sent
   * @param tls whom to trust as storage
   * @param connectTimeout how long to wait for a connection
   * @param readTimeout how long to wait for the answer once the part is sent
   */
  public HttpPartStorage(
      UploadOrigins origins, SSLContext tls, Duration connectTimeout, Duration readTimeout) {
    this.origins = origins;
    this.tls = tls;
    this.connectTimeout = connectTimeout;
    this.readTimeout = readTimeout;
  }

  @Override
  public String put(Upload.PartUrl url, byte[] buffer, int length)
      throws IOException, StorageRefusedException {
    HttpURLConnection connection = open(url);
    connection.setFixedLengthStreamingMode(length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(buffer, 0, length);
    }
    int status = connection.getResponseCode();
    drain(connection, status);
    if (status / 100 != 2) {
      throw new StorageRefusedException(status);
    }
    String etag = connection.getHeaderField("ETag");
    if (etag == null) {
      throw new StorageRefusedException(status);
    }
    return etag;
  }

  private HttpURLConnection open(Upload.PartUrl url) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) origins.check(url.url()).toURL().openConnection(Proxy.NO_PROXY);
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(tls.getSocketFactory());
    }
    connection.setRequestMethod("PUT");
    connection.setDoOutput(true);
    connection.setUseCaches(false);
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(Math.toIntExact(connectTimeout.toMillis()));
    connection.setReadTimeout(Math.toIntExact(readTimeout.toMillis()));
    // Without a type of its own the connection would say that this is a form.
    connection.setRequestProperty("Content-Type", "application/octet-stream");
    url.headers()
        .forEach((name, value) -> {
          if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            connection.setRequestProperty(name, value);
          }
        });
    return connection;
  }

  // A connection is used again only when its answer has been read.
  private static void drain(HttpURLConnection connection, int status) throws IOException {
    try (InputStream body =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      if (body != null) {
        body.readNBytes(MAX_ANSWER);
      }
    }
  }
}
