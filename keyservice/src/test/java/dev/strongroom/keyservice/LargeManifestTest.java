package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.refused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestCodec;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.weights.FileCommitment;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.keyservice.http.PinnedTls;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A manifest may be larger than other requests: models come in thousands of files. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LargeManifestTest {
  private static final int USUAL_BODY = 1 << 20;
  private static final int FILES = 5_000;

  private final SecureRandom random = new SecureRandom();
  private TestService service;
  private TestCaller publisher;

  @BeforeAll
  void start(@TempDir Path folder) {
    service = TestService.start(folder);
    publisher = TestCaller.of(service, TestService.PUBLISHER);
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @Test
  void aManifestOfThousandsOfFilesIsReadAndVerified() throws Exception {
    requireRead("acme/large");
  }

  private void requireRead(String model) throws Exception {
    DraftGrant draft = open(model);
    byte[] envelope = new ManifestSigner(service.publisherKey()).sign(manifest(draft)).toJson();
    assertTrue(envelope.length > USUAL_BODY, envelope.length + " bytes");
    // Whatever is wrong with it but the objects, that nobody uploaded, would be said before.
    refused(finalise(draft, envelope), ProblemCode.OBJECT_MISMATCH);
  }

  private DraftGrant open(String model) throws Exception {
    ModelVersion target = new ModelVersion(new ModelName(model), new VersionId("1"));
    try (SealKeyPair sealKey = SealKeyPair.generate(SealSuite.X25519)) {
      return PublishedModel.payload(
          PublishedModel.opened(publisher, target, sealKey).draftGrant(), DraftGrant.class);
    }
  }

  private static String finalising(DraftGrant draft) {
    return "/v1/drafts/" + draft.draft() + "/finalise";
  }

  private Manifest manifest(DraftGrant draft) {
    long size = new SegmentLayout(1_000, draft.segmentSize()).ciphertextSize();
    List<ManifestFile> files = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      files.add(
          new ManifestFile(
              i,
              new WeightPath("experts/layer-%05d.safetensors".formatted(i)),
              0444,
              1_000,
              size,
              ObjectName.random(random),
              new FileCommitment(Sha256Digest.of(new byte[] {(byte) i}).hex()),
              Sha256Digest.of(new byte[] {(byte) i})));
    }
    return Manifest.of(
        draft.target(), draft.dataKeyId(), draft.segmentSize(), Instant.now(), files, null);
  }

  @Test
  void theLargestEnvelopeArrivesAndALargerOneDoesNot() throws Exception {
    DraftGrant draft = open("acme/largest");
    refused(
        finalise(draft, new byte[ManifestCodec.MAX_ENVELOPE_BYTES]), ProblemCode.MANIFEST_INVALID);
    refused(
        finalise(draft, new byte[ManifestCodec.MAX_ENVELOPE_BYTES + 4_096]), ProblemCode.TOO_LARGE);
  }

  @Test
  void whoMakesHeadersUpIsRefusedBeforeItsBodyAndDisturbsNoPublisher() throws Exception {
    String path = "/v1/drafts/draft-" + "0".repeat(32) + "/finalise";
    List<SSLSocket> strangers = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        String token = i % 2 == 0 ? "a.b.c" : publisher.token();
        strangers.add(claim(path, "DPoP " + token, "a.b.c"));
      }
      requireRead("acme/undisturbed");
      for (SSLSocket stranger : strangers) {
        String answer = read(stranger);
        assertTrue(answer.startsWith("HTTP/1.1 401"), answer);
      }
    } finally {
      for (SSLSocket stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void anIdentityThatWritesNoDraftIsRefusedBeforeItsBody() throws Exception {
    String path = finalising(open("acme/other"));
    HttpRequest proven =
        TestCaller.of(service, TestService.INFERENCE)
            .request("POST", path, new Upload.Finalise(1, Blob.of(new byte[1])));
    try (SSLSocket socket =
        claim(
            path,
            proven.headers().firstValue("Authorization").orElseThrow(),
            proven.headers().firstValue("DPoP").orElseThrow())) {
      String answer = read(socket);
      assertTrue(answer.startsWith("HTTP/1.1 409"), answer);
      assertTrue(answer.contains("draft-fenced"), answer);
    }
  }

  /** Whoever announces large bodies and does not send them takes its own places alone. */
  @Test
  void aBodyThatIsAwaitedHoldsAPlaceOfItsSender(@TempDir Path folder) throws Exception {
    String narrow =
        """
        limits:
          concurrentRequests: 4
        """;
    try (TestService one = TestService.start(folder, narrow)) {
      TestCaller writer = TestCaller.of(one, TestService.PUBLISHER);
      ModelVersion target = new ModelVersion(new ModelName("acme/held"), new VersionId("1"));
      String path;
      try (SealKeyPair sealKey = SealKeyPair.generate(SealSuite.X25519)) {
        path =
            finalising(
                PublishedModel.payload(
                    PublishedModel.opened(writer, target, sealKey).draftGrant(), DraftGrant.class));
      }
      List<SSLSocket> silent = new ArrayList<>();
      try {
        HttpResponse<String> refused;
        do {
          HttpRequest proven =
              writer.request("POST", path, new Upload.Finalise(1, Blob.of(new byte[1])));
          silent.add(
              claim(
                  one,
                  path,
                  proven.headers().firstValue("Authorization").orElseThrow(),
                  proven.headers().firstValue("DPoP").orElseThrow()));
          refused = writer.get("/v1/drafts");
        } while (refused.statusCode() == 200 && silent.size() < 40);
        refused(refused, ProblemCode.RATE_LIMITED);
        assertEquals(200, TestCaller.of(one, TestService.INFERENCE).get("/v1/drafts").statusCode());
      } finally {
        for (SSLSocket each : silent) {
          each.close();
        }
      }
      while (writer.get("/v1/drafts").statusCode() != 200) {
        Thread.onSpinWait();
      }
    }
  }

  private static String read(SSLSocket socket) throws IOException {
    socket.setSoTimeout(20_000);
    StringBuilder answer = new StringBuilder();
    // The connection stays for a while: the answer ends with its JSON.
    for (int next = 0; next >= 0 && next != '}'; ) {
      next = socket.getInputStream().read();
      answer.append((char) next);
    }
    return answer.toString();
  }

  /** Announces a large body and never sends it. */
  private SSLSocket claim(String path, String authorization, String proof) throws IOException {
    return claim(service, path, authorization, proof);
  }

  private static SSLSocket claim(
      TestService service, String path, String authorization, String proof) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            PinnedTls.context(service.service().certificate())
                .getSocketFactory()
                .createSocket("127.0.0.1", service.service().port());
    String head =
        String.join(
            "\r\n",
            "POST " + path + " HTTP/1.1",
            "Host: keys.test",
            "Content-Type: application/json",
            "Content-Length: 9000000",
            "Authorization: " + authorization,
            "DPoP: " + proof,
            "\r\n");
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }

  @Test
  void aProofForAnotherLargeBodyIsRefusedAndUsedUp() throws Exception {
    String path = finalising(open("acme/mistaken"));
    HttpRequest proven =
        publisher.request("POST", path, new Upload.Finalise(1, Blob.of(new byte[1])));
    HttpRequest other =
        HttpRequest.newBuilder(proven, (name, value) -> true)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    refused(service.send(other), ProblemCode.PROOF_INVALID);
    refused(service.send(proven), ProblemCode.PROOF_REPLAYED);
  }

  private HttpResponse<String> finalise(DraftGrant draft, byte[] envelope) throws Exception {
    return publisher.post(finalising(draft), new Upload.Finalise(draft.fence(), Blob.of(envelope)));
  }
}
