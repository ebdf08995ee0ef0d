package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.good;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.FileSealer;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentEncrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * A version of one file, published as the command line does it.
 *
 * @param dataKey 32 bytes
 * @param envelope what the publisher signed
 * @param ciphertext of the one file
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PublishedModel(ModelVersion target, byte[] dataKey, Blob envelope, byte[] ciphertext) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SIZE = 1_000;

  /** Publishes over HTTP. */
  static PublishedModel publish(TestService service, String model, String version)
      throws IOException, InterruptedException {
    ModelVersion target = new ModelVersion(new ModelName(model), new VersionId(version));
    TestCaller publisher = TestCaller.of(service, TestService.PUBLISHER);
    try (SealKeyPair sealKey = SealKeyPair.generate(SealSuite.X25519)) {
      DraftResponse opened = opened(publisher, target, sealKey);
      DraftGrant draft = payload(opened.draftGrant(), DraftGrant.class);
      try (SecretBytes dataKey =
          sealKey.open(
              opened.sealedKey(), DraftGrant.sealInfo(opened.draftGrant()), draft.sealContext())) {
        return finalised(service, publisher, draft, dataKey);
      }
    }
  }

  /** Opens the draft of a version. */
  static DraftResponse opened(TestCaller publisher, ModelVersion target, SealKeyPair sealKey)
      throws IOException, InterruptedException {
    return good(open(publisher, target, sealKey), DraftResponse.class);
  }

  /** Asks for the draft of a version. */
  static HttpResponse<String> open(TestCaller publisher, ModelVersion target, SealKeyPair sealKey)
      throws IOException, InterruptedException {
    return publisher
        .service()
        .postJson(
            "/v1/drafts",
            StrictJson.mapper().writeValueAsBytes(request(publisher, target, sealKey)));
  }

  private static DraftRequest request(
      TestCaller publisher, ModelVersion target, SealKeyPair sealKey)
      throws IOException, InterruptedException {
    DraftBody body =
        new DraftBody(
            DraftBody.FORMAT,
            TestService.ORIGIN,
            target.model(),
            target.version(),
            nonce(publisher.service()),
            sealKey.suite(),
            Blob.of(sealKey.publicKey()),
            Sha256Digest.of(publisher.token().getBytes(StandardCharsets.US_ASCII)));
    return new DraftRequest(
        publisher.key().signWithKey(MessageType.DRAFT_REQUEST, CanonicalJson.writeRecord(body)),
        publisher.token());
  }

  private static String nonce(TestService service) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        service.send(service.request("/v1/nonces").POST(BodyPublishers.noBody()).build());
    assertEquals(201, answer.statusCode(), answer.body());
    return StrictJson.mapper().readValue(answer.body(), Nonce.class).nonce();
  }

  /** What a message says, unverified. */
  static <T> T payload(String jws, Class<T> type) {
    byte[] json =
        Base64.getUrlDecoder().decode(jws.substring(jws.indexOf('.') + 1, jws.lastIndexOf('.')));
    return CanonicalJson.parse(json, type, json.length);
  }

  private static PublishedModel finalised(
      TestService service, TestCaller publisher, DraftGrant draft, SecretBytes dataKey)
      throws IOException, InterruptedException {
    byte[] plaintext = new byte[SIZE];
    RANDOM.nextBytes(plaintext);
    KeyContext context = new KeyContext(draft.target(), new WeightPath("model.bin"), 0, SIZE);
    byte[] ciphertext = encrypted(dataKey, context, plaintext);
    String path = "/v1/drafts/" + draft.draft();
    Upload.Begun begun =
        good(
            publisher.post(path + "/objects", new Upload.Begin(draft.fence(), ciphertext.length)),
            Upload.Begun.class);
    upload(publisher, draft, begun, ciphertext);
    try (VersionKey key = VersionKey.of(dataKey)) {
      Manifest manifest =
          Manifest.of(
              draft.target(),
              draft.dataKeyId(),
              SegmentLayout.DEFAULT_SEGMENT_SIZE,
              Instant.now(),
              List.of(
                  new ManifestFile(
                      0,
                      context.path(),
                      0444,
                      SIZE,
                      ciphertext.length,
                      new ObjectName(begun.objectName()),
                      key.commitment(context),
                      Sha256Digest.of(plaintext))),
              null);
      Blob envelope = Blob.of(new ManifestSigner(service.publisherKey()).sign(manifest).toJson());
      good(
          publisher.post(path + "/finalise", new Upload.Finalise(draft.fence(), envelope)),
          Upload.Published.class);
      return new PublishedModel(draft.target(), dataKey.heapCopy(), envelope, ciphertext);
    }
  }

  private static byte[] encrypted(SecretBytes dataKey, KeyContext context, byte[] plaintext) {
    try (VersionKey key = VersionKey.of(dataKey);
        FileSealer sealer =
            key.sealer(context, StreamHeader.random(RANDOM), SegmentLayout.DEFAULT_SEGMENT_SIZE);
        SegmentEncrypter encrypter = sealer.newEncrypter()) {
      byte[] out = new byte[Math.toIntExact(sealer.layout().ciphertextSize())];
      System.arraycopy(sealer.header().bytes(), 0, out, 0, StreamHeader.BYTES);
      encrypter.encrypt(
          0,
          plaintext,
          0,
          plaintext.length,
          out,
          Math.toIntExact(sealer.layout().ciphertextOffset(0)));
      return out;
    }
  }

  private static void upload(
      TestCaller publisher, DraftGrant draft, Upload.Begun begun, byte[] ciphertext)
      throws IOException, InterruptedException {
    String path = "/v1/drafts/" + draft.draft() + "/objects/" + begun.objectName();
    Upload.PartUrl url =
        good(
                publisher.post(
                    path + "/parts", new Upload.PartsWanted(draft.fence(), 1, begun.partCount())),
                Upload.PartUrls.class)
            .parts()
            .getFirst();
    HttpRequest.Builder put = HttpRequest.newBuilder(URI.create(url.url()));
    url.headers().forEach(put::header);
    try (HttpClient storage = HttpClient.newHttpClient()) {
      HttpResponse<Void> answer =
          storage.send(
              put.PUT(BodyPublishers.ofByteArray(ciphertext)).build(), BodyHandlers.discarding());
      assertEquals(200, answer.statusCode());
      String etag = answer.headers().firstValue("ETag").orElseThrow();
      good(
          publisher.post(
              path + "/complete",
              new Upload.Complete(draft.fence(), List.of(new Upload.Part(1, etag)))),
          Upload.Completed.class);
    }
  }
}
