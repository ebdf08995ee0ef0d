package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.refused;
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
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
    ModelVersion target = new ModelVersion(new ModelName("acme/large"), new VersionId("1"));
    try (SealKeyPair sealKey = SealKeyPair.generate(SealSuite.X25519)) {
      DraftGrant draft =
          PublishedModel.payload(
              PublishedModel.opened(publisher, target, sealKey).draftGrant(), DraftGrant.class);
      byte[] envelope = new ManifestSigner(service.publisherKey()).sign(manifest(draft)).toJson();
      assertTrue(envelope.length > USUAL_BODY, envelope.length + " bytes");
      // Whatever is wrong with it but the objects, that nobody uploaded, would be said before.
      refused(
          finalise(draft.draft().value(), draft.fence(), envelope), ProblemCode.OBJECT_MISMATCH);
    }
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
    String nowhere = "draft-" + "0".repeat(32);
    refused(
        finalise(nowhere, 1, new byte[ManifestCodec.MAX_ENVELOPE_BYTES]),
        ProblemCode.DRAFT_UNKNOWN);
    refused(
        finalise(nowhere, 1, new byte[ManifestCodec.MAX_ENVELOPE_BYTES + 4_096]),
        ProblemCode.TOO_LARGE);
  }

  private HttpResponse<String> finalise(String draft, long fence, byte[] envelope)
      throws Exception {
    return publisher.post(
        "/v1/drafts/" + draft + "/finalise", new Upload.Finalise(fence, Blob.of(envelope)));
  }
}
