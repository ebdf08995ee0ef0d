package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.manifest.PublisherKey;
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
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.proof.CheckedNonce;
import dev.strongroom.keyservice.proof.ProvenCaller;
import dev.strongroom.keyservice.proof.VerifiedDraftRequest;
import dev.strongroom.keyservice.storage.StorageClient;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Does what the command line does, against the flow itself. */
final class TestPublisher implements AutoCloseable {
  static final String PEER = "192.0.2.1";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String subject;
  private final StorageClient client = new StorageClient();

  TestPublisher(String subject) {
    this.subject = subject;
  }

  Identity identity() {
    return new Identity(
        PublishStage.ISSUER, subject, Map.of(), null, Instant.now().plusSeconds(600));
  }

  /** A request as it is after its verification. */
  record Request(VerifiedDraftRequest verified, SealKeyPair sealKey, ProvenCaller caller) {}

  Request request(ModelVersion target) {
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.EDDSA);
    SealKeyPair sealKey = SealKeyPair.generate(SealSuite.X25519);
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    DraftBody body =
        new DraftBody(
            DraftBody.FORMAT,
            PublishStage.ORIGIN,
            target.model(),
            target.version(),
            nonce,
            SealSuite.X25519,
            Blob.of(sealKey.publicKey()),
            Sha256Digest.of("token".getBytes(StandardCharsets.US_ASCII)));
    CheckedNonce checked =
        new CheckedNonce(Nonce.hash(nonce), Instant.now().getEpochSecond() + 120);
    return new Request(
        new VerifiedDraftRequest(body, proofKey.thumbprint(), checked, "token"),
        sealKey,
        new ProvenCaller(identity(), proofKey.thumbprint()));
  }

  /** A draft that this publisher writes. */
  record Opened(DraftGrant grant, SecretBytes dataKey, ProvenCaller caller, DraftResponse answer) {
    DraftId id() {
      return grant.draft();
    }

    long fence() {
      return grant.fence();
    }
  }

  Opened open(PublishFlow flow, ModelVersion target) {
    return open(flow, request(target));
  }

  Opened open(PublishFlow flow, Request request) {
    DraftResponse response = flow.open(request.verified(), identity(), PEER);
    String text = response.draftGrant();
    String payload = text.substring(text.indexOf('.') + 1, text.lastIndexOf('.'));
    DraftGrant grant =
        CanonicalJson.parseCanonical(
            Base64.getUrlDecoder().decode(payload), DraftGrant.class, 8192);
    SecretBytes dataKey =
        request
            .sealKey()
            .open(
                response.sealedKey(),
                DraftGrant.sealInfo(response.draftGrant()),
                grant.sealContext());
    return new Opened(grant, dataKey, request.caller(), response);
  }

  /** An encrypted file. */
  static final class Encrypted {
    final byte[] plaintext;
    final byte[] ciphertext;
    final KeyContext context;

    Encrypted(byte[] plaintext, byte[] ciphertext, KeyContext context) {
      this.plaintext = plaintext;
      this.ciphertext = ciphertext;
      this.context = context;
    }
  }

  static Encrypted encrypt(Opened draft, String path, int index, int size) {
    byte[] plaintext = new byte[size];
    RANDOM.nextBytes(plaintext);
    KeyContext context = new KeyContext(draft.grant().target(), new WeightPath(path), index, size);
    try (VersionKey key = VersionKey.of(draft.dataKey());
        FileSealer sealer =
            key.sealer(context, StreamHeader.random(RANDOM), SegmentLayout.DEFAULT_SEGMENT_SIZE);
        SegmentEncrypter encrypter = sealer.newEncrypter()) {
      SegmentLayout layout = sealer.layout();
      byte[] out = new byte[Math.toIntExact(layout.ciphertextSize())];
      System.arraycopy(sealer.header().bytes(), 0, out, 0, StreamHeader.BYTES);
      for (int i = 0; i < layout.segmentCount(); i++) {
        encrypter.encrypt(
            i,
            plaintext,
            Math.toIntExact(layout.plaintextOffset(i)),
            layout.plaintextLength(i),
            out,
            Math.toIntExact(layout.ciphertextOffset(i)));
      }
      return new Encrypted(plaintext, out, context);
    }
  }

  /** Uploads the parts of one object by its presigned URLs. */
  List<Upload.Part> putParts(PublishFlow flow, Opened draft, Upload.Begun object, byte[] content) {
    List<Upload.Part> parts = new ArrayList<>();
    List<Upload.PartUrl> urls =
        flow.partUrls(
                draft.caller(),
                draft.id(),
                object.objectName(),
                new Upload.PartsWanted(draft.fence(), 1, object.partCount()))
            .parts();
    for (Upload.PartUrl url : urls) {
      long from = (url.number() - 1) * object.partSize();
      long to = Math.min(content.length, from + object.partSize());
      byte[] part = Arrays.copyOfRange(content, Math.toIntExact(from), Math.toIntExact(to));
      StorageClient.Answer answer = client.put(url.url(), url.headers(), part);
      assertEquals(200, answer.status());
      parts.add(new Upload.Part(url.number(), answer.etag()));
    }
    return parts;
  }

  Upload.Begun begin(PublishFlow flow, Opened draft, long size) {
    return flow.beginObject(draft.caller(), draft.id(), new Upload.Begin(draft.fence(), size));
  }

  Upload.Completed complete(PublishFlow flow, Opened draft, String name, List<Upload.Part> parts) {
    return flow.completeObject(
        draft.caller(), draft.id(), name, new Upload.Complete(draft.fence(), parts));
  }

  /** Begins, uploads and completes one object. */
  String upload(PublishFlow flow, Opened draft, byte[] ciphertext) {
    Upload.Begun object = begin(flow, draft, ciphertext.length);
    List<Upload.Part> parts = putParts(flow, draft, object, ciphertext);
    Upload.Completed completed = complete(flow, draft, object.objectName(), parts);
    assertEquals(ciphertext.length, completed.size());
    return object.objectName();
  }

  /** The line of a file in the manifest. */
  static ManifestFile file(Opened draft, Encrypted file, String objectName) {
    try (VersionKey key = VersionKey.of(draft.dataKey())) {
      return new ManifestFile(
          file.context.index(),
          file.context.path(),
          0444,
          file.plaintext.length,
          file.ciphertext.length,
          new ObjectName(objectName),
          key.commitment(file.context),
          Sha256Digest.of(file.plaintext));
    }
  }

  static Manifest manifest(Opened draft, List<ManifestFile> files) {
    return manifest(draft.grant().target(), draft.grant().dataKeyId(), files);
  }

  static Manifest manifest(ModelVersion target, DataKeyId key, List<ManifestFile> files) {
    return Manifest.of(
        target,
        key,
        SegmentLayout.DEFAULT_SEGMENT_SIZE,
        Instant.parse("2026-03-01T12:00:00Z"),
        files,
        null);
  }

  static Blob sign(PublisherKey key, Manifest manifest) {
    return Blob.of(new ManifestSigner(key).sign(manifest).toJson());
  }

  Upload.Published finalise(PublishFlow flow, Opened draft, Blob envelope) {
    return flow.finalise(
        draft.caller(), draft.id(), new Upload.Finalise(draft.fence(), envelope), PEER);
  }

  /** Opens, uploads one small file and signs: what is left is to finalise. */
  Ready ready(PublishFlow flow, ModelVersion target, PublisherKey key) {
    Opened draft = open(flow, target);
    Encrypted file = encrypt(draft, "model.bin", 0, 1000);
    String name = upload(flow, draft, file.ciphertext);
    return new Ready(
        draft, file, name, sign(key, manifest(draft, List.of(file(draft, file, name)))));
  }

  /** A draft that could be finalised. */
  record Ready(Opened draft, Encrypted file, String objectName, Blob envelope) {}

  StorageClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
