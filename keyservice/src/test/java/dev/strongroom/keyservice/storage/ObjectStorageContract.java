package dev.strongroom.keyservice.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every object storage must do, run against real servers. */
public abstract class ObjectStorageContract {
  private static final Duration LIFETIME = Duration.ofMinutes(5);
  private static final int PART = 5 << 20;

  private final SecureRandom random = new SecureRandom();

  /** The storage under test, with this clock for its signatures. */
  protected abstract ObjectStorage storage(InstantSource clock);

  @Test
  void uploadsInPartsAndReadsByPresignedUrl() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      byte[] content = content(PART + 12_345);
      String name = name();
      ObjectStorage.Stored stored = upload(storage, client, name, content);
      assertEquals(content.length, stored.size());

      ObjectStorage.Presigned url = storage.presignGet(name, stored.etag(), LIFETIME);
      assertEquals(Map.of("If-Match", stored.etag()), url.headers());
      StorageClient.Answer whole = client.get(url);
      assertEquals(200, whole.status());
      assertArrayEquals(content, whole.body());
      assertEquals(stored.etag(), whole.etag());

      StorageClient.Answer range =
          client.get(
              url.url(), Map.of("If-Match", stored.etag(), "Range", "bytes=5242870-5242889"));
      assertEquals(206, range.status());
      assertArrayEquals(Arrays.copyOfRange(content, 5242870, 5242890), range.body());
    }
  }

  @Test
  void refusesAUrlThatWasChanged() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String other = name();
      ObjectStorage.Stored stored = upload(storage, client, name, content(1000));
      upload(storage, client, other, content(1000));
      String url = storage.presignGet(name, stored.etag(), LIFETIME).url();
      Map<String, String> headers = Map.of("If-Match", stored.etag());
      assertEquals(200, client.get(url, headers).status());

      char last = url.charAt(url.indexOf("X-Amz-Signature=") + "X-Amz-Signature=".length());
      String flipped = "X-Amz-Signature=" + (last == '0' ? '1' : '0');
      refused(client.get(url.replace("X-Amz-Signature=" + last, flipped), headers));
      refused(client.get(url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"), headers));
      refused(client.get(url.replace(name, other), headers));
      refused(client.get(url.substring(0, url.indexOf('?')), headers));
      refused(client.put(url, headers, content(1000)));
    }
  }

  @Test
  void refusesAUrlWhoseSignedHeaderIsMissingOrAnother() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      ObjectStorage.Stored stored = upload(storage, client, name, content(1000));
      String url = storage.presignGet(name, stored.etag(), LIFETIME).url();
      refused(client.get(url, Map.of()));
      refused(client.get(url, Map.of("If-Match", "*")));
    }
  }

  @Test
  void refusesAUrlThatHasExpired() {
    InstantSource past = InstantSource.fixed(Instant.now().minus(Duration.ofMinutes(10)));
    try (ObjectStorage storage = storage(InstantSource.system());
        ObjectStorage earlier = storage(past);
        StorageClient client = new StorageClient()) {
      String name = name();
      ObjectStorage.Stored stored = upload(storage, client, name, content(1000));
      refused(client.get(earlier.presignGet(name, stored.etag(), LIFETIME)));
      String uploadId = storage.beginUpload(name());
      ObjectStorage.Presigned part = earlier.presignPart(name, uploadId, 1, LIFETIME);
      refused(client.put(part.url(), part.headers(), content(10)));
      assertEquals(
          200,
          client.get(earlier.presignGet(name, stored.etag(), Duration.ofMinutes(20))).status());
    }
  }

  @Test
  void refusesAnObjectThatHasChanged() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      ObjectStorage.Stored first = upload(storage, client, name, content(1000));
      ObjectStorage.Presigned url = storage.presignGet(name, first.etag(), LIFETIME);
      ObjectStorage.Stored second = upload(storage, client, name, content(1000));
      assertNotEquals(first.etag(), second.etag());
      assertEquals(412, client.get(url).status());
    }
  }

  @Test
  void refusesAPartOfAnotherUpload() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String uploadId = storage.beginUpload(name);
      ObjectStorage.Presigned part = storage.presignPart(name, uploadId, 1, LIFETIME);
      refused(client.put(part.url().replace(name, name()), part.headers(), content(10)));
      refused(
          client.put(
              part.url().replace("partNumber=1", "partNumber=2"), part.headers(), content(10)));
      storage.abort(name, uploadId);
      client.put(part.url(), part.headers(), content(10));
      assertEquals(Optional.empty(), storage.head(name));
    }
  }

  @Test
  void completesOnlyWithThePartsThatItHas() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String uploadId = storage.beginUpload(name);
      String etag = part(storage, client, name, uploadId, 1, content(1000));
      assertEquals(
          ProblemCode.OBJECT_MISMATCH,
          refusalOf(() ->
              storage.complete(
                  name,
                  uploadId,
                  List.of(new Upload.Part(1, "\"00000000000000000000000000000000\"")))));
      assertEquals(Optional.empty(), storage.head(name));
      storage.complete(name, uploadId, List.of(new Upload.Part(1, etag)));
      assertTrue(storage.head(name).isPresent());
    }
  }

  @Test
  void completesAnUploadWhosePartBrokeOffBefore() throws IOException {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String uploadId = storage.beginUpload(name);
      byte[] content = content(PART);
      breakOff(storage.presignPart(name, uploadId, 1, LIFETIME), content);
      String etag = part(storage, client, name, uploadId, 1, content);
      ObjectStorage.Stored stored =
          storage.complete(name, uploadId, List.of(new Upload.Part(1, etag)));
      assertEquals(content.length, stored.size());
    }
  }

  /** Sends half of a part, as a publisher does that is killed, and waits for the server to see. */
  private static void breakOff(ObjectStorage.Presigned part, byte[] content) throws IOException {
    URI url = URI.create(part.url());
    StringBuilder head =
        new StringBuilder("PUT " + url.getRawPath() + "?" + url.getRawQuery() + " HTTP/1.1\r\n");
    head.append("Host: ").append(url.getRawAuthority()).append("\r\n");
    head.append("Content-Length: ").append(content.length).append("\r\n");
    part.headers()
        .forEach((key, value) -> {
          if (!key.equalsIgnoreCase("host")) {
            head.append(key).append(": ").append(value).append("\r\n");
          }
        });
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
      out.write(content, 0, content.length / 2);
      out.flush();
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }
  }

  @Test
  void completesAnUploadOnce() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String uploadId = storage.beginUpload(name);
      List<Upload.Part> parts =
          List.of(new Upload.Part(1, part(storage, client, name, uploadId, 1, content(1000))));
      ObjectStorage.Stored stored = storage.complete(name, uploadId, parts);
      assertEquals(1000, stored.size());
      assertDoesNotThrow(() -> storage.abort(name, uploadId));
      assertEquals(Optional.of(stored), storage.head(name));
      try {
        assertEquals(stored, storage.complete(name, uploadId, parts));
      } catch (Problem e) {
        assertTrue(
            Set.of(ProblemCode.OBJECT_MISMATCH, ProblemCode.STORAGE_UNAVAILABLE).contains(e.code()),
            e::toString);
      }
      assertEquals(Optional.of(stored), storage.head(name));
    }
  }

  @Test
  void abortsAndDeletesAsOftenAsOneLikes() {
    try (ObjectStorage storage = storage(InstantSource.system());
        StorageClient client = new StorageClient()) {
      String name = name();
      String uploadId = storage.beginUpload(name);
      part(storage, client, name, uploadId, 1, content(1000));
      storage.abort(name, uploadId);
      assertDoesNotThrow(() -> storage.abort(name, uploadId));
      assertEquals(Optional.empty(), storage.head(name));

      upload(storage, client, name, content(10));
      storage.delete(name);
      assertEquals(Optional.empty(), storage.head(name));
      assertDoesNotThrow(() -> storage.delete(name));
      assertDoesNotThrow(storage::check);
    }
  }

  @Test
  void refusesNamesThatAreNotOurs() {
    try (ObjectStorage storage = storage(InstantSource.system())) {
      for (String name : List.of("../x", "", "0123456789ABCDEF0123456789ABCDEF", "a/b")) {
        assertEquals(ProblemCode.INVALID_NAME, refusalOf(() -> storage.head(name)), name);
        assertEquals(
            ProblemCode.INVALID_NAME,
            refusalOf(() -> storage.presignGet(name, "\"e\"", LIFETIME)),
            name);
      }
    }
  }

  @Test
  void keepsUrlsOutOfTexts() {
    try (ObjectStorage storage = storage(InstantSource.system())) {
      ObjectStorage.Presigned url = storage.presignGet(name(), "\"e\"", LIFETIME);
      assertFalse(url.toString().contains("X-Amz"));
    }
  }

  private static void refused(StorageClient.Answer answer) {
    assertEquals(
        403,
        answer.status(),
        () ->
            new String(
                answer.body(),
                0,
                Math.min(300, answer.body().length),
                java.nio.charset.StandardCharsets.UTF_8));
  }

  private static ProblemCode refusalOf(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(Problem.class, call).code();
  }

  private String name() {
    return ObjectName.random(random).value();
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    new Random().nextBytes(content);
    return content;
  }

  private static ObjectStorage.Stored upload(
      ObjectStorage storage, StorageClient client, String name, byte[] content) {
    String uploadId = storage.beginUpload(name);
    List<Upload.Part> parts = new ArrayList<>();
    for (int at = 0, number = 1; at < content.length; at += PART, number++) {
      byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + PART));
      parts.add(new Upload.Part(number, part(storage, client, name, uploadId, number, part)));
    }
    ObjectStorage.Stored stored = storage.complete(name, uploadId, parts);
    assertEquals(Optional.of(stored), storage.head(name));
    return stored;
  }

  private static String part(
      ObjectStorage storage,
      StorageClient client,
      String name,
      String uploadId,
      int number,
      byte[] content) {
    ObjectStorage.Presigned url = storage.presignPart(name, uploadId, number, LIFETIME);
    StorageClient.Answer answer = client.put(url.url(), url.headers(), content);
    assertEquals(200, answer.status());
    return answer.etag();
  }
}
