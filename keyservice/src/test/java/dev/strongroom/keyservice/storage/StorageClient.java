package dev.strongroom.keyservice.storage;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** What publishers and workloads do with presigned URLs: plain HTTP. */
public final class StorageClient implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();

  /** Status, body and ETag of an answer. */
  public static final class Answer {
    private final int status;
    private final byte[] body;
    private final String etag;

    Answer(int status, byte[] body, String etag) {
      this.status = status;
      this.body = body;
      this.etag = etag;
    }

    public int status() {
      return status;
    }

    public byte[] body() {
      return body.clone();
    }

    public String etag() {
      return etag;
    }
  }

  public Answer get(ObjectStorage.Presigned url) {
    return get(url.url(), url.headers());
  }

  public Answer get(String url, Map<String, String> headers) {
    return send(HttpRequest.newBuilder(URI.create(url)).GET(), headers);
  }

  public Answer put(String url, Map<String, String> headers, byte[] body) {
    return send(
        HttpRequest.newBuilder(URI.create(url)).PUT(HttpRequest.BodyPublishers.ofByteArray(body)),
        headers);
  }

  private Answer send(HttpRequest.Builder request, Map<String, String> headers) {
    headers.forEach(request::setHeader);
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(
          answer.statusCode(), answer.body(), answer.headers().firstValue("ETag").orElse(""));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
