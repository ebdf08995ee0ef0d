package dev.strongroom.cli.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishFlowTest {
  @TempDir Path folder;
  PublishFixture fixture;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    fixture = new PublishFixture(folder);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void publishesWhatOpensToTheSource() throws IOException {
    Publication publication = fixture.publish();
    fixture.assertPublished(publication.manifest());
    fixture.assertNoNonceMetTwoPlaintexts();
    assertEquals(publication.envelope(), fixture.service.published().orElseThrow());
    assertEquals(5, fixture.events(PublishEvent.PartUploaded.class).size());
    assertFalse(Files.exists(fixture.state.resolve("journal")), "the journal has done its work");
  }

  @Test
  void keepsTheJournalFromOthers() throws IOException {
    fixture.service.interruption =
        (number, request, phase) -> {
          if (request.endsWith("/finalise")) {
            throw new IOException("broken off");
          }
        };
    assertThrows(Problem.class, fixture::publish);
    assertEquals("rw-------", permissions(fixture.state.resolve("journal")));
    assertEquals("rwx------", permissions(fixture.state));
  }

  private static String permissions(Path path) throws IOException {
    return java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path));
  }

  @Test
  void refusesToRunTwiceAtOnce() {
    AtomicInteger refused = new AtomicInteger();
    Publisher.run(
        fixture.files,
        fixture.options(),
        event -> {
          if (event instanceof PublishEvent.DraftOpened) {
            Problem problem = assertThrows(Problem.class, fixture::publish);
            assertEquals(ProblemCode.JOURNAL_MISMATCH, problem.code());
            refused.incrementAndGet();
          }
        });
    assertEquals(1, refused.get());
  }

  @Test
  void renewsUrlsThatLapsed() throws IOException {
    fixture.service.refuseUploads.set(2);
    Publication publication = fixture.publish();
    fixture.assertPublished(publication.manifest());
    assertEquals(2, fixture.events(PublishEvent.PartRetried.class).size());
  }

  @Test
  void givesUpAnObjectWhoseFileChangesAndBeginsAnother() throws IOException {
    AtomicInteger begun = new AtomicInteger();
    Publication publication =
        Publisher.run(
            fixture.files,
            fixture.options(),
            event -> {
              fixture.events.add(event);
              boolean first =
                  event instanceof PublishEvent.ObjectBegun object
                      && object.path().value().equals("weights/model.bin")
                      && begun.incrementAndGet() == 1;
              if (first) {
                change("weights/model.bin", 15_000);
              }
            });
    fixture.assertPublished(publication.manifest());
    fixture.assertNoNonceMetTwoPlaintexts();
    assertEquals(1, fixture.events(PublishEvent.ObjectAbandoned.class).size());
    assertEquals(2, begun.get());
  }

  @Test
  void stopsWhenAFileKeepsChanging() {
    AtomicInteger size = new AtomicInteger(15_000);
    Problem problem =
        assertThrows(
            Problem.class,
            () ->
                Publisher.run(
                    fixture.files,
                    fixture.options(),
                    event -> {
                      if (event instanceof PublishEvent.ObjectBegun object
                          && object.path().value().equals("weights/model.bin")) {
                        change("weights/model.bin", size.incrementAndGet());
                      }
                    }));
    assertEquals(ProblemCode.SOURCE_CHANGED, problem.code());
    fixture.assertNoNonceMetTwoPlaintexts();
    assertTrue(fixture.service.published().isEmpty());
  }

  private void change(String path, int size) {
    try {
      fixture.write(path, size, size);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void refusesALink() throws IOException {
    Files.createSymbolicLink(fixture.source.resolve("link"), Path.of("config.json"));
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.SYMLINK_REFUSED, problem.code());
    assertEquals(0, fixture.service.requests());
  }

  @Test
  void refusesAGrantByAKeyThatIsNotPinned() throws IOException {
    fixture.service.foreignGrantKey = true;
    Files.write(
        fixture.files.resolve("trust.json"),
        dev.strongroom.core.json.StrictJson.mapper().writeValueAsBytes(fixture.service.trust()));
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.GRANT_SIGNATURE_INVALID, problem.code());
    assertTrue(fixture.service.objects().isEmpty());
  }

  @Test
  void refusesAReceiptForAnotherRelease() {
    fixture.service.foreignReceipt = true;
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.RECEIPT_INVALID, problem.code());
    assertTrue(fixture.service.objects().isEmpty());
  }

  @Test
  void refusesAReceiptThatIsNotOfThisPublication() {
    fixture.service.alteration =
        event ->
            new LogEvent.VersionPublished(
                event.at(),
                event.draft(),
                event.model(),
                event.version(),
                event.dataKeyId(),
                Sha256Digest.of(new byte[] {1}),
                event.publisherKeyId(),
                event.subject(),
                event.files(),
                event.bytes(),
                event.omsRootDigest());
    requireReceiptRefused();
    // Run again, it finds the version published, and asks for the proof: the log is what it was.
    requireReceiptRefused();
  }

  @Test
  void holdsTheProofOfAPublicationWhoseReceiptWasRefusedAtFirst() throws IOException {
    fixture.service.noteAlteration =
        receipt -> receipt.replace("log.example.org/scripted", "log.example.org/another");
    requireReceiptRefused();
    Publication publication = fixture.publish();
    assertTrue(publication.earlier());
    fixture.assertPublished(publication.manifest());
    assertTrue(publication.published().receipt().startsWith("c2sp.org/tlog-proof@v1"));
    assertTrue(Files.notExists(fixture.state.resolve("journal")), "it is done");
  }

  @Test
  void refusesAReceiptOfAnEntryOfAnotherKind() {
    fixture.service.alteration =
        event -> new LogEvent.DenialsSummarised(1, 1, Map.of("published", 1L));
    requireReceiptRefused();
  }

  @Test
  void refusesAReceiptThatThePinnedLogDidNotSign() {
    fixture.service.noteAlteration =
        receipt -> receipt.replace("log.example.org/scripted", "log.example.org/another");
    requireReceiptRefused();
  }

  private void requireReceiptRefused() {
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.RECEIPT_INVALID, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains("of the publication"));
    assertTrue(Files.exists(fixture.state.resolve("journal")), "the journal is kept");
    assertTrue(fixture.events(PublishEvent.Finalised.class).isEmpty());
  }

  @Test
  void refusesToSendAManifestByAKeyThatReadersDoNotTrust() throws IOException {
    Files.delete(fixture.files.resolve("publisher.pem"));
    Files.delete(fixture.files.resolve("publisher.pem.pub"));
    PublisherKey.generate(SignatureAlgorithm.ES256).write(fixture.files.resolve("publisher.pem"));
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.PUBLISHER_UNKNOWN, problem.code());
    assertTrue(fixture.service.published().isEmpty());
  }

  @Test
  void isFencedOffByAnotherWriter() {
    Problem problem =
        assertThrows(
            Problem.class,
            () ->
                Publisher.run(
                    fixture.files,
                    fixture.options(),
                    event -> {
                      if (event instanceof PublishEvent.DraftOpened) {
                        PublishOptions elsewhere =
                            new PublishOptions(
                                fixture.source,
                                Publisher.TARGET,
                                folder.resolve("state-of-another-machine"),
                                1,
                                1,
                                1,
                                1,
                                java.util.Optional.empty(),
                                java.util.Optional.empty());
                        assertThrows(
                            IllegalStateException.class,
                            () ->
                                Publisher.run(
                                    fixture.files,
                                    elsewhere,
                                    inner -> {
                                      if (inner instanceof PublishEvent.DraftOpened) {
                                        throw new IllegalStateException("has the fence now");
                                      }
                                    }));
                      }
                    }));
    assertEquals(ProblemCode.DRAFT_FENCED, problem.code());
  }
}
