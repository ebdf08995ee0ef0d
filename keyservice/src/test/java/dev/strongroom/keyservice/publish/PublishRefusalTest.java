package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.policy.Refusal;
import dev.strongroom.keyservice.publish.TestPublisher.Encrypted;
import dev.strongroom.keyservice.publish.TestPublisher.Opened;
import dev.strongroom.keyservice.publish.TestPublisher.Ready;
import dev.strongroom.keyservice.publish.TestPublisher.Request;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is refused, with which code, and what stands in the log of it. */
class PublishRefusalTest extends PublishTestBase {
  private static final ModelVersion OTHER =
      new ModelVersion(new ModelName("acme/other"), new VersionId("1"));

  private final SecureRandom random = new SecureRandom();

  @Test
  void anotherThanThoseWhoMayPublish() {
    try (TestPublisher stranger = new TestPublisher("stranger")) {
      Request request = stranger.request(CHAT);
      Refusal refused = assertThrows(Refusal.class, () -> stranger.open(flow(), request));
      assertEquals(ProblemCode.ACCESS_DENIED, refused.code());
      LogEvent.RequestDenied denied = stage.log(LogEvent.RequestDenied.class).getFirst();
      assertEquals("publish", denied.action());
      assertEquals(request.verified().nonce().hash(), denied.nonceHash());
      assertEquals(refused.explanation(), denied.explanation());
      assertTrue(stage.explanations().containsKey(refused.explanation()));
      assertEquals(ProblemCode.NONCE_USED, refusal(() -> stranger.open(flow(), request)));
      assertEquals(0, stage.count("SELECT count(*) FROM drafts"));
    }
  }

  @Test
  void aModelThatThePublisherMayNotPublish() {
    ModelVersion foreign = new ModelVersion(new ModelName("rival/chat"), new VersionId("3"));
    assertEquals(
        ProblemCode.ACCESS_DENIED,
        assertThrows(Refusal.class, () -> publisher.open(flow(), foreign)).code());
  }

  @Test
  void anotherWhoAbandonsADraft() {
    Opened draft = publisher.open(flow(), CHAT);
    try (TestPublisher stranger = new TestPublisher("stranger")) {
      assertThrows(
          Refusal.class,
          () ->
              flow().abandonDraft(stranger.request(CHAT).caller(), draft.id(), TestPublisher.PEER));
    }
    assertEquals(1, stage.log(LogEvent.RequestDenied.class).size());
    assertEquals(1, publisher.begin(flow(), draft, 10).partCount());
  }

  @Test
  void aReplayedOpeningAndFencesNobodyOff() {
    Request request = publisher.request(CHAT);
    publisher.open(flow(), request);
    Opened second = publisher.open(flow(), CHAT);
    assertEquals(ProblemCode.NONCE_USED, refusal(() -> publisher.open(flow(), request)));
    assertEquals(1, publisher.begin(flow(), second, 10).partCount());
    assertEquals(2, stage.log(LogEvent.DraftKeyReleased.class).size());
  }

  @Test
  void aVersionThatIsPublished() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    publisher.finalise(flow(), ready.draft(), ready.envelope());
    Request request = publisher.request(CHAT);
    assertEquals(ProblemCode.VERSION_EXISTS, refusal(() -> publisher.open(flow(), request)));
    LogEvent.RequestDenied denied = stage.log(LogEvent.RequestDenied.class).getFirst();
    assertEquals("version-exists", denied.code());
    assertEquals(request.verified().nonce().hash(), denied.nonceHash());
  }

  @Test
  void aRevokedPublisherAtOpeningAndAtTheEnd() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    RevocationSelector selector =
        new RevocationSelector(null, "https://issuer.test|publisher", null, null, null, null);
    stage
        .records()
        .ledger()
        .commit(view ->
            new LogEvent.RevocationAdded(
                2, RevocationId.random(random), selector, "left the company", "admin"));
    assertEquals(ProblemCode.REVOKED, refusal(() -> publisher.open(flow(), OTHER)));
    assertEquals(
        ProblemCode.REVOKED,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
    assertEquals(List.of(), stage.log(LogEvent.VersionPublished.class));
    // The draft is open again, for others.
    Opened resumed = colleague.open(flow(), CHAT);
    assertEquals(ready.draft().id(), resumed.id());
    colleague.finalise(flow(), resumed, ready.envelope());
  }

  @Test
  void anUnknownDraft() {
    Opened draft = publisher.open(flow(), CHAT);
    DraftId unknown = DraftId.random(random);
    assertEquals(
        ProblemCode.DRAFT_UNKNOWN,
        refusal(() -> flow().beginObject(draft.caller(), unknown, new Upload.Begin(1, 10))));
    assertEquals(
        ProblemCode.DRAFT_UNKNOWN,
        refusal(() -> flow().abandonDraft(draft.caller(), unknown, TestPublisher.PEER)));
    assertEquals(
        ProblemCode.DRAFT_UNKNOWN,
        refusal(() ->
            flow()
                .finalise(
                    draft.caller(),
                    unknown,
                    new Upload.Finalise(1, Blob.of(new byte[1])),
                    TestPublisher.PEER)));
  }

  @Test
  void anObjectOfAnotherSizeThanAnnounced() {
    Opened draft = publisher.open(flow(), CHAT);
    for (int actual : new int[] {99, 101}) {
      Upload.Begun object = publisher.begin(flow(), draft, 100);
      List<Upload.Part> parts = putWhole(draft, object, new byte[actual]);
      assertEquals(
          ProblemCode.OBJECT_MISMATCH,
          refusal(() -> publisher.complete(flow(), draft, object.objectName(), parts)));
      flow().abandonObject(draft.caller(), draft.id(), object.objectName());
      assertEquals(Optional.empty(), storage.head(object.objectName()));
    }
  }

  private List<Upload.Part> putWhole(Opened draft, Upload.Begun object, byte[] content) {
    Upload.PartUrl url =
        flow()
            .partUrls(
                draft.caller(),
                draft.id(),
                object.objectName(),
                new Upload.PartsWanted(draft.fence(), 1, 1))
            .parts()
            .getFirst();
    return List.of(
        new Upload.Part(1, publisher.client().put(url.url(), url.headers(), content).etag()));
  }

  @Test
  void partsThatTheObjectDoesNotHave() {
    Opened draft = publisher.open(flow(), CHAT);
    Upload.Begun object = publisher.begin(flow(), draft, 100);
    Upload.PartsWanted second = new Upload.PartsWanted(draft.fence(), 2, 1);
    assertEquals(
        ProblemCode.MALFORMED_REQUEST,
        refusal(() -> flow().partUrls(draft.caller(), draft.id(), object.objectName(), second)));
    for (List<Upload.Part> parts :
        List.of(
            List.of(new Upload.Part(2, "\"e\"")),
            List.of(new Upload.Part(1, "\"e\""), new Upload.Part(2, "\"e\"")))) {
      assertEquals(
          ProblemCode.MALFORMED_REQUEST,
          refusal(() -> publisher.complete(flow(), draft, object.objectName(), parts)));
    }
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() ->
            publisher.complete(
                flow(),
                draft,
                object.objectName(),
                List.of(new Upload.Part(1, "\"00000000000000000000000000000000\"")))));
  }

  @Test
  void anObjectOfAnotherDraft() {
    Opened draft = publisher.open(flow(), CHAT);
    Opened other = publisher.open(flow(), OTHER);
    String foreign = publisher.begin(flow(), other, 100).objectName();
    Upload.PartsWanted wanted = new Upload.PartsWanted(draft.fence(), 1, 1);
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> flow().partUrls(draft.caller(), draft.id(), foreign, wanted)));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() ->
            publisher.complete(flow(), draft, foreign, List.of(new Upload.Part(1, "\"e\"")))));
    flow().abandonObject(draft.caller(), draft.id(), foreign);
    assertEquals(1, stage.count("SELECT count(*) FROM draft_objects"));
  }

  @Test
  void moreObjectsThanADraftMayHave() {
    Opened draft = publisher.open(flow(), CHAT);
    stage.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
            + " INSERT INTO draft_objects (name, draft, size, upload_id, part_size, part_count)"
            + " SELECT 'object-' || i, '"
            + draft.id()
            + "', 1, 'u', 1, 1 FROM n");
    assertEquals(ProblemCode.TOO_LARGE, refusal(() -> publisher.begin(flow(), draft, 10)));
  }

  @Test
  void anObjectThatIsLargerThanTheStorageTakes() {
    Opened draft = publisher.open(flow(), CHAT);
    assertEquals(
        ProblemCode.TOO_LARGE, refusal(() -> publisher.begin(flow(), draft, Long.MAX_VALUE)));
  }

  @Test
  void aManifestThatNobodyTrustedSigned() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    PublisherKey stranger = PublisherKey.generate(SignatureAlgorithm.EDDSA);
    Blob envelope = TestPublisher.sign(stranger, manifestOf(ready));
    assertEquals(
        ProblemCode.PUBLISHER_UNKNOWN,
        refusal(() -> publisher.finalise(flow(), ready.draft(), envelope)));
    LogEvent.RequestDenied denied = stage.log(LogEvent.RequestDenied.class).getFirst();
    assertEquals("publisher-unknown", denied.code());
  }

  @Test
  void aManifestThatWasChangedAfterItsSignature() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    DsseEnvelope signed = new ManifestSigner(key).sign(manifestOf(ready));
    byte[] payload = signed.payload();
    payload[payload.length - 3] ^= 1;
    Blob changed =
        Blob.of(new DsseEnvelope(signed.payloadType(), payload, signed.signatures()).toJson());
    assertEquals(
        ProblemCode.MANIFEST_SIGNATURE_INVALID,
        refusal(() -> publisher.finalise(flow(), ready.draft(), changed)));
    assertEquals(
        ProblemCode.MANIFEST_INVALID,
        refusal(() -> publisher.finalise(flow(), ready.draft(), Blob.of(new byte[] {'{'}))));
    publisher.finalise(flow(), ready.draft(), ready.envelope());
  }

  @Test
  void aManifestForAnotherModelVersionOrKey() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    List<ManifestFile> files = manifestOf(ready).files();
    DataKeyId ours = ready.draft().grant().dataKeyId();
    ModelVersion otherVersion = new ModelVersion(CHAT.model(), new VersionId("4"));
    for (Manifest wrong :
        List.of(
            TestPublisher.manifest(OTHER, ours, files),
            TestPublisher.manifest(otherVersion, ours, files),
            TestPublisher.manifest(CHAT, DataKeyId.random(random), files))) {
      assertEquals(
          ProblemCode.MANIFEST_INVALID,
          refusal(() -> publisher.finalise(flow(), ready.draft(), TestPublisher.sign(key, wrong))));
    }
  }

  @Test
  void aManifestWithMoreOrFewerObjectsThanTheDraft() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Opened draft = ready.draft();
    Encrypted more = TestPublisher.encrypt(draft, "more.bin", 1, 10);
    ManifestFile foreign = TestPublisher.file(draft, more, ObjectName.random(random).value());
    ManifestFile known = manifestOf(ready).files().getFirst();
    Blob withForeign =
        TestPublisher.sign(key, TestPublisher.manifest(draft, List.of(known, foreign)));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH, refusal(() -> publisher.finalise(flow(), draft, withForeign)));

    String unfinished = publisher.begin(flow(), draft, more.ciphertext.length).objectName();
    Blob withUnfinished =
        TestPublisher.sign(
            key,
            TestPublisher.manifest(
                draft, List.of(known, TestPublisher.file(draft, more, unfinished))));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), draft, withUnfinished)));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), draft, ready.envelope())));
  }

  @Test
  void aManifestWithAnotherSizeThanTheObject() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Encrypted longer = TestPublisher.encrypt(ready.draft(), "model.bin", 0, 1001);
    Blob envelope =
        TestPublisher.sign(
            key,
            TestPublisher.manifest(
                ready.draft(),
                List.of(TestPublisher.file(ready.draft(), longer, ready.objectName()))));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), ready.draft(), envelope)));
  }

  @Test
  void anObjectThatIsGoneOrAnotherNow() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    storage.delete(ready.objectName());
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));

    String upload = storage.beginUpload(ready.objectName());
    var url = storage.presignPart(ready.objectName(), upload, 1, java.time.Duration.ofMinutes(1));
    byte[] other = new byte[ready.file().ciphertext.length];
    String etag = publisher.client().put(url.url(), url.headers(), other).etag();
    storage.complete(ready.objectName(), upload, List.of(new Upload.Part(1, etag)));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
  }

  @Test
  void anotherManifestOrAnotherCallerAfterThePublication() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    publisher.finalise(flow(), ready.draft(), ready.envelope());
    Blob other =
        TestPublisher.sign(PublisherKey.generate(SignatureAlgorithm.ES256), manifestOf(ready));
    assertEquals(
        ProblemCode.VERSION_EXISTS,
        refusal(() -> publisher.finalise(flow(), ready.draft(), other)));
    assertEquals(
        ProblemCode.DRAFT_UNKNOWN,
        refusal(() ->
            flow()
                .finalise(
                    colleague.request(CHAT).caller(),
                    ready.draft().id(),
                    new Upload.Finalise(1, ready.envelope()),
                    TestPublisher.PEER)));
  }

  @Test
  void aWrappedKeyThatWasSwappedBetweenRows() {
    Ready chat = publisher.ready(flow(), CHAT, key);
    publisher.finalise(flow(), chat.draft(), chat.envelope());
    Ready other = publisher.ready(flow(), OTHER, key);
    publisher.finalise(flow(), other.draft(), other.envelope());
    stage.execute(
        "UPDATE wrapped_keys SET ciphertext = (SELECT w.ciphertext FROM wrapped_keys w"
            + " WHERE w.data_key_id <> wrapped_keys.data_key_id) WHERE data_key_id = '"
            + chat.draft().grant().dataKeyId()
            + "'");
    PublishedVersion swapped = stage.catalog().published(CHAT);
    WrapContext context = new WrapContext(CHAT, swapped.dataKeyId(), swapped.manifestDigest());
    assertEquals(
        ProblemCode.KEY_UNWRAP_FAILED,
        refusal(() -> stage.kek().unwrap(swapped.wrappedKey(), context).close()));
  }

  private static Manifest manifestOf(Ready ready) {
    return TestPublisher.manifest(
        ready.draft(),
        List.of(TestPublisher.file(ready.draft(), ready.file(), ready.objectName())));
  }
}
