package dev.strongroom.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.grant.GrantKeys;
import dev.strongroom.delivery.grant.GrantVerification;
import dev.strongroom.testkit.stage.Stage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Threads that ask for grants over HTTP without pause, each time with a fresh nonce and fresh keys,
 * and keep how each request was answered. Every grant is verified and its key opened.
 */
final class GrantAskers implements AutoCloseable {
  private static final int MAX_BYTES = 40 << 20;

  private final Stage stage;
  private final ModelVersion target;
  private final GrantVerification verification;
  private final HttpClient http;
  private final String token;
  private final List<Thread> threads = new ArrayList<>();
  private final List<Answered> answers = new ArrayList<>();
  private final List<Throwable> faults = new ArrayList<>();
  private volatile boolean over;

  /**
   * How one request for a grant was answered.
   *
   * @param sent and {@code answered}: of {@link System#nanoTime}
   * @param code of the problem; empty for a grant
   * @param retryAfter of the header; empty without
   * @param jkt the thumbprint of the proof key, which no other request has
   */
  record Answered(
      long sent,
      long answered,
      int status,
      String mediaType,
      String code,
      String retryAfter,
      String jkt) {
    boolean granted() {
      return status == 200;
    }
  }

  GrantAskers(OnStage on, String target, int threads) throws IOException {
    this.stage = on.stage();
    this.target = ModelVersion.parse(target);
    this.verification = new GrantVerification(on.trust(), InstantSource.system());
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(TlsTrust.of(stage.certificate()))
            .build();
    this.token = Files.readString(stage.token(Stage.INFERENCE)).strip();
    for (int i = 0; i < threads; i++) {
      this.threads.add(Thread.ofPlatform().name("asker-" + i).start(this::askOn));
    }
  }

  private void askOn() {
    try {
      while (!over) {
        Answered answer = ask();
        synchronized (answers) {
          answers.add(answer);
          answers.notifyAll();
        }
      }
    } catch (Throwable e) {
      // No answer, or a grant that does not verify: either is what must not be.
      synchronized (answers) {
        faults.add(e);
        answers.notifyAll();
      }
    }
  }

  private Answered ask() throws IOException, InterruptedException {
    try (GrantKeys keys = GrantKeys.generate(SealSuite.X25519)) {
      HttpResponse<byte[]> fresh = post("/v1/nonces", new byte[0]);
      if (fresh.statusCode() != 201) {
        throw new AssertionError("a nonce was refused with " + fresh.statusCode());
      }
      Nonce nonce = CanonicalJson.parse(fresh.body(), Nonce.class, MAX_BYTES);
      GrantBody body = body(nonce, keys);
      String request =
          keys.proofKey().signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body));
      byte[] message =
          StrictJson.mapper().writeValueAsBytes(new GrantRequest(request, token, List.of()));
      long sent = System.nanoTime();
      HttpResponse<byte[]> answer = post("/v1/grants", message);
      long answered = System.nanoTime();
      if (answer.statusCode() == 200) {
        GrantResponse response = CanonicalJson.parse(answer.body(), GrantResponse.class, MAX_BYTES);
        verification.verify(response, body, keys).close();
      }
      return new Answered(
          sent,
          answered,
          answer.statusCode(),
          header(answer, "Content-Type"),
          answer.statusCode() == 200 ? "" : code(answer.body()),
          header(answer, "Retry-After"),
          keys.proofKey().thumbprint());
    }
  }

  private static String code(byte[] document) {
    JsonNode problem = CanonicalJson.parse(document, MAX_BYTES);
    return problem.path("code").asText();
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private GrantBody body(Nonce nonce, GrantKeys keys) {
    return new GrantBody(
        GrantBody.FORMAT,
        stage.origin(),
        target.model(),
        target.version(),
        nonce.nonce(),
        SealSuite.X25519,
        Blob.of(keys.sealKey().publicKey()),
        Sha256Digest.of(token.getBytes(StandardCharsets.US_ASCII)),
        List.of(),
        null,
        DeliveryMode.SIDECAR,
        ExpiryMode.WIPE,
        null);
  }

  private HttpResponse<byte[]> post(String path, byte[] body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(stage.origin() + path))
            .timeout(Await.LIMIT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Every answer so far. */
  List<Answered> answers() {
    synchronized (answers) {
      requireNoFault();
      return List.copyOf(answers);
    }
  }

  /** Waits for so many answers of this kind to requests that are sent from now on. */
  void await(String what, int count, Predicate<Answered> kind) {
    long from = System.nanoTime();
    long deadline = from + Await.LIMIT.toNanos();
    synchronized (answers) {
      int seen = answers.size();
      int found = 0;
      while (found < count) {
        for (; seen < answers.size(); seen++) {
          Answered each = answers.get(seen);
          if (each.sent() - from >= 0 && kind.test(each)) {
            found++;
          }
        }
        requireNoFault();
        long left = deadline - System.nanoTime();
        if (found < count && left <= 0) {
          throw new AssertionError("waited in vain for " + count + " answers: " + what);
        }
        if (found < count) {
          pause(left);
        }
      }
    }
  }

  private void pause(long nanos) {
    try {
      answers.wait(Math.max(1, nanos / 1_000_000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void requireNoFault() {
    if (!faults.isEmpty()) {
      throw new AssertionError("a request got no proper answer", faults.getFirst());
    }
  }

  /** Waits until every thread has its last answer. */
  @Override
  public void close() {
    over = true;
    for (Thread thread : threads) {
      try {
        if (!thread.join(Await.LIMIT)) {
          throw new AssertionError(thread + " does not end");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
    http.shutdownNow();
  }
}
