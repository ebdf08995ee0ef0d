package dev.strongroom.benchmarks;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.s3.S3ObjectStorage;
import dev.strongroom.keyservice.storage.s3.S3Settings;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/**
 * What the server takes when nothing is done with the bytes: one multipart upload with parts of the
 * same size on the same number of connections, of one buffer that is in memory already, and its
 * completion. The limit that publication is compared with.
 */
final class RawSend implements AutoCloseable {
  private static final int PART = 16 << 20;
  private static final Duration LIFETIME = Duration.ofMinutes(15);

  private final ObjectStorage storage;
  private final byte[] part = new byte[PART];

  RawSend(S3Endpoint endpoint) {
    new SecureRandom().nextBytes(part);
    storage =
        new S3ObjectStorage(
            S3Settings.of(endpoint.uri(), endpoint.region(), endpoint.bucket(), true, null),
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(endpoint.accessKey(), endpoint.secretKey())),
            InstantSource.system());
  }

  /** Seconds for an object of this size, a whole number of parts; it is removed afterwards. */
  double seconds(long size, int connections) throws Exception {
    String name = ObjectName.random(new SecureRandom()).value();
    long begin = System.nanoTime();
    String upload = storage.beginUpload(name);
    List<Upload.Part> parts = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      List<Future<String>> sent = new ArrayList<>();
      for (int number = 1; number <= size / PART; number++) {
        ObjectStorage.Presigned url = storage.presignPart(name, upload, number, LIFETIME);
        sent.add(threads.submit(() -> put(url)));
      }
      for (Future<String> each : sent) {
        parts.add(new Upload.Part(parts.size() + 1, each.get()));
      }
    }
    storage.complete(name, upload, parts);
    double seconds = (System.nanoTime() - begin) / 1e9;
    storage.delete(name);
    return seconds;
  }

  private String put(ObjectStorage.Presigned url) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url.url()).toURL().openConnection();
    connection.setRequestMethod("PUT");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(part.length);
    connection.setRequestProperty("Content-Type", "application/octet-stream");
    url.headers().forEach(connection::setRequestProperty);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(part);
    }
    connection.getInputStream().readAllBytes();
    String etag = connection.getHeaderField("ETag");
    if (etag == null) {
      throw new IOException("the storage answered " + connection.getResponseCode());
    }
    return etag;
  }

  @Override
  public void close() {
    storage.close();
  }
}
