package dev.strongroom.cli.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.process.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishCrashTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

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

  /** The service breaks off every k-th request in turn, before and after it was worked on. */
  @ParameterizedTest
  @ValueSource(strings = {"before", "after"})
  void goesOnAfterEveryRequestThatBroke(String where) throws IOException {
    AtomicInteger runs = new AtomicInteger();
    Optional<Publication> publication = Optional.empty();
    for (int step = 1; publication.isEmpty(); step++) {
      AtomicInteger count = new AtomicInteger();
      int breakAt = step;
      fixture.service.interruption =
          (number, request, phase) -> {
            boolean counted = phase.equals(where) && count.incrementAndGet() >= breakAt;
            // A broken connection during an upload is retried: every later request breaks too.
            if (counted) {
              throw new IOException("broken off");
            }
          };
      runs.incrementAndGet();
      publication = attempt();
      fixture.assertNoNonceMetTwoPlaintexts();
      assertTrue(step < 100, "it never ends");
    }
    fixture.assertPublished(publication.get().manifest());
    assertTrue(runs.get() > 5, "the publication was broken off " + runs);
  }

  private Optional<Publication> attempt() {
    try {
      return Optional.of(fixture.publish());
    } catch (Problem e) {
      return Optional.empty();
    }
  }

  /** This process ends at every event in turn, as far as the journal is concerned. */
  @Test
  void goesOnAfterEveryStepAndTouchesNoFinishedPartAgain() throws IOException {
    Optional<Publication> publication = Optional.empty();
    for (int step = 1; publication.isEmpty(); step++) {
      publication = diesAt(step);
      fixture.assertNoNonceMetTwoPlaintexts();
      assertTrue(step < 200, "it never ends");
    }
    fixture.assertPublished(publication.get().manifest());
    assertFinishedPartsLeftOnce();
  }

  private Optional<Publication> diesAt(int step) {
    AtomicInteger count = new AtomicInteger();
    try {
      return Optional.of(
          Publisher.run(
              fixture.files,
              fixture.options(),
              event -> {
                fixture.events.add(event);
                if (count.incrementAndGet() >= step) {
                  throw new StepReached();
                }
              }));
    } catch (StepReached e) {
      return Optional.empty();
    }
  }

  // A part whose upload is in the journal has left exactly once since.
  private void assertFinishedPartsLeftOnce() {
    long uploaded = fixture.events(PublishEvent.PartUploaded.class).size();
    long encrypted = fixture.events(PublishEvent.PartEncrypted.class).size();
    assertEquals(5, uploaded, "each part is finished once");
    assertTrue(encrypted >= uploaded);
  }

  private static final class StepReached extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** A process of its own, killed by the system while the service holds its k-th request. */
  @ParameterizedTest
  @ValueSource(ints = {3, 6, 9, 12, 15})
  void goesOnAfterAKill(int request) throws Exception {
    AtomicInteger count = new AtomicInteger();
    java.util.concurrent.CompletableFuture<ChildJvm> child =
        new java.util.concurrent.CompletableFuture<>();
    fixture.service.interruption =
        (number, path, phase) -> {
          if (phase.equals("after") && count.incrementAndGet() == request) {
            child.join().kill();
          }
        };
    child.complete(startChild());
    assertNotEquals(0, child.get().awaitExit(LIMIT), () -> child.join().output().toString());
    long finished =
        child.get().output().stream().filter(line -> line.startsWith("PartUploaded")).count();

    fixture.service.interruption = (number, path, phase) -> {};
    Publication publication = fixture.publish();
    fixture.assertPublished(publication.manifest());
    fixture.assertNoNonceMetTwoPlaintexts();
    assertTrue(
        fixture.events(PublishEvent.PartSkipped.class).size() >= finished,
        "what was finished is skipped");
  }

  private ChildJvm startChild() {
    return ChildJvm.start(
        Publisher.class,
        List.of(),
        java.util.Map.of(),
        List.of(fixture.files.toString(), fixture.source.toString(), fixture.state.toString()));
  }

  @Test
  void takesANewObjectForAFileThatChangedBetweenRuns() throws IOException {
    breakOffAtFinalise();
    fixture.write("weights/model.bin", 20_000, 99);
    Publication publication = fixture.publish();
    fixture.assertPublished(publication.manifest());
    fixture.assertNoNonceMetTwoPlaintexts();
    PublishEvent.ObjectAbandoned abandoned =
        fixture.events(PublishEvent.ObjectAbandoned.class).getFirst();
    assertEquals("weights/model.bin", abandoned.path().value());
    assertTrue(fixture.service.object(abandoned.objectName()).abandoned);
    assertEquals(2, fixture.events(PublishEvent.PartSkipped.class).size());
  }

  @Test
  void takesNewObjectsWhenAFileBeforeTheOthersAppears() throws IOException {
    breakOffAtFinalise();
    Files.delete(fixture.source.resolve("empty"));
    fixture.write("a-first", 10, 7);
    Publication publication = fixture.publish();
    fixture.assertPublished(publication.manifest());
    fixture.assertNoNonceMetTwoPlaintexts();
  }

  @Test
  void recognisesAPublicationWhoseAnswerWasLost() throws IOException {
    fixture.service.interruption =
        (number, request, phase) -> {
          if (phase.equals("after") && request.endsWith("/finalise")) {
            throw new IOException("broken off");
          }
        };
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.SERVICE_UNREACHABLE, problem.code());
    fixture.service.interruption = (number, request, phase) -> {};
    Publication publication = fixture.publish();
    assertTrue(publication.earlier());
    fixture.assertPublished(publication.manifest());
    assertEquals(ProblemCode.VERSION_EXISTS, assertThrows(Problem.class, fixture::publish).code());
  }

  @Test
  void keepsTheJournalUntilThePapersAreWritten() throws IOException {
    Path blocked = Files.writeString(folder.resolve("papers"), "a file is in the way\n");
    PublishOptions options = fixture.options().withPapers(blocked);
    Problem problem = assertThrows(Problem.class, () -> fixture.publish(options));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    assertTrue(fixture.service.published().isPresent());
    assertTrue(fixture.events(PublishEvent.Finalised.class).isEmpty());

    Files.delete(blocked);
    Publication publication = fixture.publish(options);
    assertTrue(publication.earlier());
    assertEquals(
        publication.published().receipt(), Files.readString(blocked.resolve("receipt.txt")));
    try (Stream<Path> papers = Files.list(blocked)) {
      assertEquals(4, papers.count());
    }
    assertTrue(Files.notExists(fixture.state.resolve("journal")), "it is done");
  }

  @Test
  void doesNotTakeAChangedDirectoryForWhatAnEarlierRunPublished() throws IOException {
    fixture.service.interruption =
        (number, request, phase) -> {
          if (phase.equals("after") && request.endsWith("/finalise")) {
            throw new IOException("broken off");
          }
        };
    assertThrows(Problem.class, fixture::publish);
    fixture.service.interruption = (number, request, phase) -> {};

    fixture.write("config.json", 100, 99);
    requireDiffers("config.json");
    fixture.write("config.json", 101, 1);
    requireDiffers("config.json");
    Files.delete(fixture.source.resolve("config.json"));
    requireDiffers("config.json");
    fixture.write("config.json", 100, 1);
    fixture.write("one-more", 1, 1);
    requireDiffers("one-more");
    Files.delete(fixture.source.resolve("one-more"));
    Path executable = fixture.source.resolve("empty");
    Files.setPosixFilePermissions(executable, PosixFilePermissions.fromString("rwxr-xr-x"));
    requireDiffers("empty");
    Files.setPosixFilePermissions(executable, PosixFilePermissions.fromString("rw-r--r--"));
    assertTrue(fixture.publish().earlier());
  }

  private void requireDiffers(String path) {
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.VERSION_EXISTS, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains("'" + path + "'"), problem::toString);
    assertTrue(Files.exists(fixture.state.resolve("journal")), "the journal is kept");
  }

  @Test
  void keepsToTheStorageThatAnEarlierRunTook() throws IOException {
    breakOffAtFinalise();
    fixture.service.urlAlteration = url -> url.replace("localhost", "127.0.0.1");
    fixture.write("config.json", 100, 99);
    requireStorageRefused();
    fixture.service.abandonDraft();
    requireStorageRefused();
    // The journal of the new draft knows it too.
    requireStorageRefused();
    assertTrue(fixture.events(PublishEvent.StorageChosen.class).isEmpty());
    fixture.service.urlAlteration = url -> url;
    fixture.assertPublished(fixture.publish().manifest());
  }

  private void requireStorageRefused() {
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.STORAGE_HOST_REFUSED, problem.code());
  }

  @Test
  void cutsATornLineAndRefusesADamagedOne() throws IOException {
    breakOffAtFinalise();
    Path journal = fixture.state.resolve("journal");
    byte[] whole = Files.readAllBytes(journal);
    Files.write(journal, java.util.Arrays.copyOf(whole, whole.length - 3));
    breakOffAtFinalise();

    try (FileChannel channel = FileChannel.open(journal, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'X'}), 30);
    }
    Problem problem = assertThrows(Problem.class, fixture::publish);
    assertEquals(ProblemCode.JOURNAL_MISMATCH, problem.code());
    fixture.assertNoNonceMetTwoPlaintexts();
  }

  private void breakOffAtFinalise() {
    fixture.service.interruption =
        (number, request, phase) -> {
          if (phase.equals("before") && request.endsWith("/finalise")) {
            throw new IOException("broken off");
          }
        };
    assertThrows(Problem.class, fixture::publish);
    fixture.service.interruption = (number, request, phase) -> {};
    fixture.events.clear();
  }
}
