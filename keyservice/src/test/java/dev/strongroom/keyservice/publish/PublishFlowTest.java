package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.FileOpener;
import dev.strongroom.core.weights.SegmentDecrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.publish.TestPublisher.Encrypted;
import dev.strongroom.keyservice.publish.TestPublisher.Opened;
import dev.strongroom.keyservice.publish.TestPublisher.Ready;
import dev.strongroom.keyservice.storage.StorageClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleListener;
import org.jdbi.v3.core.Handles;
import org.junit.jupiter.api.Test;

/** Versions come to be as they should. */
class PublishFlowTest extends PublishTestBase {

  @Test
  void publishesWhatAWorkloadCanDecrypt() {
    Opened draft = publisher.open(flow(), CHAT);
    assertEquals(1, draft.fence());
    Encrypted config = TestPublisher.encrypt(draft, "config.json", 0, 0);
    Encrypted weights = TestPublisher.encrypt(draft, "model.bin", 1, 11 << 20);
    List<ManifestFile> files =
        List.of(
            TestPublisher.file(draft, config, publisher.upload(flow(), draft, config.ciphertext)),
            TestPublisher.file(
                draft, weights, publisher.upload(flow(), draft, weights.ciphertext)));
    Manifest manifest = TestPublisher.manifest(draft, files);
    Blob envelope = TestPublisher.sign(key, manifest);
    assertEquals(ProblemCode.VERSION_NOT_PUBLISHED, refusal(() -> stage.catalog().published(CHAT)));

    Upload.Published published = publisher.finalise(flow(), draft, envelope);

    PublishedVersion version = stage.catalog().published(CHAT);
    assertEquals(published.manifestDigest(), version.manifestDigest());
    assertEquals(envelope, version.envelope());
    assertEquals(List.of(version), stage.catalog().versionsOf(CHAT.model()));
    try (SecretBytes dataKey = unwrap(version)) {
      assertSame(draft.dataKey(), dataKey);
      assertArrayEquals(config.plaintext, read(version, manifest, files.get(0), dataKey));
      assertArrayEquals(weights.plaintext, read(version, manifest, files.get(1), dataKey));
    }
  }

  private static void assertSame(SecretBytes expected, SecretBytes actual) {
    boolean same = expected.use(actual::sameAs);
    assertTrue(same, "the data keys differ");
  }

  private SecretBytes unwrap(PublishedVersion version) {
    return stage
        .kek()
        .unwrap(
            version.wrappedKey(),
            new WrapContext(CHAT, version.dataKeyId(), version.manifestDigest()));
  }

  private byte[] read(
      PublishedVersion version, Manifest manifest, ManifestFile file, SecretBytes dataKey) {
    var object = version.objects().get(file.index());
    StorageClient.Answer answer =
        publisher
            .client()
            .get(storage.presignGet(object.objectName(), object.etag(), Duration.ofMinutes(1)));
    assertEquals(200, answer.status());
    byte[] ciphertext = answer.body();
    SegmentLayout layout = manifest.layoutOf(file);
    byte[] out = new byte[Math.toIntExact(file.plaintextSize())];
    StreamHeader header = StreamHeader.parse(Arrays.copyOfRange(ciphertext, 0, StreamHeader.BYTES));
    try (VersionKey versionKey = VersionKey.of(dataKey);
        FileOpener opener =
            versionKey.opener(
                manifest.contextOf(file), file.commitment(), header, manifest.segmentSize());
        SegmentDecrypter decrypter = opener.newDecrypter()) {
      for (int i = 0; i < layout.segmentCount(); i++) {
        decrypter.decrypt(
            i,
            ciphertext,
            Math.toIntExact(layout.ciphertextOffset(i)),
            layout.ciphertextLength(i),
            out,
            Math.toIntExact(layout.plaintextOffset(i)));
      }
    }
    return out;
  }

  /** Runs something once, right after the next question or transaction has ended. */
  private void afterTheNextLook(Runnable then) {
    AtomicBoolean armed = new AtomicBoolean(true);
    stage
        .records()
        .store()
        .jdbi()
        .configure(
            Handles.class,
            handles ->
                handles.addListener(
                    new HandleListener() {
                      @Override
                      public void handleClosed(Handle handle) {
                        if (armed.compareAndSet(true, false)) {
                          CompletableFuture.runAsync(then).join();
                        }
                      }
                    }));
  }

  @Test
  void aDraftThatIsPublishedWhileItsWriterIsAskedForIsNotUnknown() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    afterTheNextLook(() -> publisher.finalise(flow(), ready.draft(), ready.envelope()));
    flow().requireWriter(ready.draft().caller(), ready.draft().id());
    assertEquals(1, stage.catalog().versionsOf(CHAT.model()).size());
    flow().requireWriter(ready.draft().caller(), ready.draft().id());
  }

  @Test
  void recordsWhatItDoes() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Upload.Published published = publisher.finalise(flow(), ready.draft(), ready.envelope());
    List<LogEvent> log = stage.log();
    assertEquals(3, log.size(), log::toString);

    LogEvent.DraftKeyReleased released = (LogEvent.DraftKeyReleased) log.get(1);
    assertEquals(ready.draft().id(), released.draft());
    assertEquals("https://issuer.test|publisher", released.subject());
    assertEquals(ready.draft().caller().jkt(), released.jkt());
    assertEquals(ready.draft().answer().sealedKey().digest(), released.sealedKeyHash());
    assertArrayEquals(PublishStage.leaf(released), ready.draft().answer().leaf().bytes());

    LogEvent.VersionPublished recorded = (LogEvent.VersionPublished) log.get(2);
    assertEquals(published.manifestDigest(), recorded.manifestDigest());
    assertEquals(key.keyId().hex(), recorded.publisherKeyId());
    assertEquals(1, recorded.files());
    assertEquals(1000, recorded.bytes());
    assertArrayEquals(PublishStage.leaf(recorded), published.leaf().bytes());
  }

  @Test
  void keepsNoDraftAndNoDraftKeyOfAPublishedVersion() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    publisher.finalise(flow(), ready.draft(), ready.envelope());
    assertEquals(0, stage.count("SELECT count(*) FROM drafts"));
    assertEquals(0, stage.count("SELECT count(*) FROM draft_objects"));
    assertEquals(1, stage.count("SELECT count(*) FROM wrapped_keys"));
    assertEquals(0, stage.count("SELECT count(*) FROM wrapped_keys WHERE manifest_digest = ''"));
  }

  @Test
  void resumesWithTheSameKeyUnderAHigherFence() {
    Opened first = publisher.open(flow(), CHAT);
    Encrypted file = TestPublisher.encrypt(first, "model.bin", 0, 6 << 20);
    Upload.Begun object = publisher.begin(flow(), first, file.ciphertext.length);
    assertEquals(2, object.partCount());
    List<Upload.Part> parts = publisher.putParts(flow(), first, object, file.ciphertext);

    Opened second = colleague.open(flow(), CHAT);
    assertEquals(first.id(), second.id());
    assertEquals(first.grant().dataKeyId(), second.grant().dataKeyId());
    assertEquals(2, second.fence());
    assertSame(first.dataKey(), second.dataKey());

    colleague.complete(flow(), second, object.objectName(), parts);
    Blob envelope =
        TestPublisher.sign(
            key,
            TestPublisher.manifest(
                second, List.of(TestPublisher.file(second, file, object.objectName()))));
    colleague.finalise(flow(), second, envelope);
    assertEquals(1, stage.catalog().versionsOf(CHAT.model()).size());
    assertEquals(2, stage.log(LogEvent.DraftKeyReleased.class).size());
  }

  @Test
  void fencesOffTheWriterBefore() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Opened old = ready.draft();
    Upload.Begun open = publisher.begin(flow(), old, 100);
    List<Upload.Part> parts = publisher.putParts(flow(), old, open, new byte[100]);
    colleague.open(flow(), CHAT);
    Upload.PartsWanted wanted = new Upload.PartsWanted(old.fence(), 1, 1);

    assertEquals(ProblemCode.DRAFT_FENCED, refusal(() -> publisher.begin(flow(), old, 1)));
    assertEquals(
        ProblemCode.DRAFT_FENCED,
        refusal(() -> flow().partUrls(old.caller(), old.id(), open.objectName(), wanted)));
    assertEquals(
        ProblemCode.DRAFT_FENCED,
        refusal(() -> publisher.complete(flow(), old, open.objectName(), parts)));
    assertEquals(
        ProblemCode.DRAFT_FENCED,
        refusal(() -> flow().abandonObject(old.caller(), old.id(), open.objectName())));
    assertEquals(
        ProblemCode.DRAFT_FENCED, refusal(() -> publisher.finalise(flow(), old, ready.envelope())));
    assertEquals(List.of(), stage.log(LogEvent.VersionPublished.class));
  }

  @Test
  void refusesAnOldFenceUnderTheSameKey() {
    Opened draft = publisher.open(flow(), CHAT);
    Upload.Begin wanted = new Upload.Begin(draft.fence() + 1, 100);
    assertEquals(
        ProblemCode.DRAFT_FENCED,
        refusal(() -> flow().beginObject(draft.caller(), draft.id(), wanted)));
  }

  @Test
  void completesAnObjectAsOftenAsAsked() {
    Opened draft = publisher.open(flow(), CHAT);
    Upload.Begun object = publisher.begin(flow(), draft, 100);
    List<Upload.Part> parts = publisher.putParts(flow(), draft, object, new byte[100]);
    Upload.Completed first = publisher.complete(flow(), draft, object.objectName(), parts);
    assertEquals(first, publisher.complete(flow(), draft, object.objectName(), parts));
    // As after a crash between the storage's answer and the row.
    stage.execute("UPDATE draft_objects SET etag = NULL");
    assertEquals(first, publisher.complete(flow(), draft, object.objectName(), parts));
  }

  @Test
  void finalisesTwiceAsOnce() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Upload.Published first = publisher.finalise(flow(), ready.draft(), ready.envelope());
    Upload.Published second = publisher.finalise(flow(), ready.draft(), ready.envelope());
    assertEquals(first.manifestDigest(), second.manifestDigest());
    assertEquals(first.leaf(), second.leaf());
    assertEquals(first.leaf(), flow().publicationOf(CHAT).leaf());
    assertEquals(1, stage.log(LogEvent.VersionPublished.class).size());
  }

  @Test
  void manyWhoOpenAtOnceShareOneKeyAndLeaveOneWriter() throws Exception {
    List<Optional<Opened>> opened =
        atOnce(
            8,
            i -> {
              try {
                return Optional.of(publisher.open(flow(), CHAT));
              } catch (dev.strongroom.core.problem.Problem e) {
                assertEquals(ProblemCode.DRAFT_FENCED, e.code());
                return Optional.empty();
              }
            });
    List<Opened> admitted = opened.stream().flatMap(Optional::stream).toList();
    assertEquals(1, admitted.stream().map(o -> o.grant().dataKeyId()).distinct().count());
    assertEquals(admitted.size(), admitted.stream().map(Opened::fence).distinct().count());
    long writers =
        admitted.stream()
            .filter(o -> {
              try {
                return publisher.begin(flow(), o, 10).partCount() == 1;
              } catch (dev.strongroom.core.problem.Problem e) {
                assertEquals(ProblemCode.DRAFT_FENCED, e.code());
                return false;
              }
            })
            .count();
    assertEquals(1, writers);
    assertEquals(8, stage.log(LogEvent.DraftKeyReleased.class).size());
  }

  @Test
  void manyWhoFinaliseAtOnceMakeOneVersion() throws Exception {
    Ready ready = publisher.ready(flow(), CHAT, key);
    List<Optional<Sha256Digest>> answers =
        atOnce(
            8,
            i -> {
              try {
                return Optional.of(
                    publisher.finalise(flow(), ready.draft(), ready.envelope()).manifestDigest());
              } catch (dev.strongroom.core.problem.Problem e) {
                assertTrue(
                    List.of(
                            ProblemCode.OVERLOADED,
                            ProblemCode.DRAFT_FENCED,
                            ProblemCode.DRAFT_UNKNOWN)
                        .contains(e.code()),
                    e::toString);
                return Optional.empty();
              }
            });
    assertTrue(answers.stream().anyMatch(Optional::isPresent));
    assertEquals(1, stage.log(LogEvent.VersionPublished.class).size());
    assertEquals(1, stage.catalog().versionsOf(CHAT.model()).size());
  }

  private static <T> List<T> atOnce(int many, java.util.function.IntFunction<T> act)
      throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
      List<Callable<T>> calls =
          IntStream.range(0, many).<Callable<T>>mapToObj(i -> () -> act.apply(i)).toList();
      return threads.invokeAll(calls).stream().map(PublishFlowTest::result).toList();
    }
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (java.util.concurrent.ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void abandonsADraftWithAllThatItHad() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Upload.Begun unfinished = publisher.begin(flow(), ready.draft(), 100);
    publisher.putParts(flow(), ready.draft(), unfinished, new byte[100]);
    assertTrue(storage.head(ready.objectName()).isPresent());

    flow().abandonDraft(colleague.request(CHAT).caller(), ready.draft().id(), TestPublisher.PEER);

    assertEquals(Optional.empty(), storage.head(ready.objectName()));
    assertEquals(0, stage.count("SELECT count(*) FROM wrapped_keys"));
    assertEquals(0, stage.count("SELECT count(*) FROM object_removals"));
    assertEquals(ProblemCode.VERSION_UNKNOWN, refusal(() -> stage.catalog().published(CHAT)));
    assertEquals(
        ProblemCode.DRAFT_UNKNOWN,
        refusal(() -> publisher.finalise(flow(), ready.draft(), ready.envelope())));
    assertEquals(
        "https://issuer.test|colleague",
        stage.log(LogEvent.DraftAbandoned.class).getFirst().subject());
    Opened again = publisher.open(flow(), CHAT);
    assertNotEquals(ready.draft().grant().dataKeyId(), again.grant().dataKeyId());
    assertNotEquals(ready.draft().id(), again.id());
  }

  @Test
  void abandonsAnObject() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    Opened draft = ready.draft();
    flow().abandonObject(draft.caller(), draft.id(), ready.objectName());
    flow().abandonObject(draft.caller(), draft.id(), ready.objectName());
    assertEquals(Optional.empty(), storage.head(ready.objectName()));
    assertEquals(
        ProblemCode.OBJECT_MISMATCH,
        refusal(() -> publisher.finalise(flow(), draft, ready.envelope())));
  }

  @Test
  void listsTheDraftsOfThoseWhoMayPublishThem() {
    Ready ready = publisher.ready(flow(), CHAT, key);
    List<DraftSummary> seen = flow().drafts(colleague.request(CHAT).caller(), TestPublisher.PEER);
    assertEquals(1, seen.size());
    assertEquals(ready.draft().id(), seen.getFirst().draft());
    assertEquals(ready.objectName(), seen.getFirst().objects().getFirst().objectName());
    try (TestPublisher stranger = new TestPublisher("stranger")) {
      assertEquals(List.of(), flow().drafts(stranger.request(CHAT).caller(), TestPublisher.PEER));
    }
  }
}
