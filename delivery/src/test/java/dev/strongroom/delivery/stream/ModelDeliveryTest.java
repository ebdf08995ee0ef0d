package dev.strongroom.delivery.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TargetDirectory;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.progress.DeliveryEvent;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.FileRangeSource;
import dev.strongroom.delivery.source.HttpRangeSource;
import dev.strongroom.delivery.source.ObjectServer;
import dev.strongroom.delivery.source.ObjectUrls;
import dev.strongroom.delivery.source.RangeLimits;
import dev.strongroom.delivery.source.UrlRefresher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDeliveryTest {
  private final TargetDirectory target = new TargetDirectory();
  @TempDir Path storage;

  @AfterEach
  void clean() {
    target.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 4096", "2, 8192", "3, 1", "8, 1048576"})
  void everyFileArrivesWholeWithItsMode(int workers, int partBytes) throws IOException {
    SealedVersion version = SealedVersion.typical();
    deliver(version, version.store(storage), workers, partBytes, Progress.none());
    for (ManifestFile file : version.manifest().files()) {
      Path path = target.model().resolve(file.path().value());
      assertArrayEquals(version.plaintexts().get(file.path()), Files.readAllBytes(path));
      assertEquals(
          PosixFilePermissions.fromString("r--r--r--"), Files.getPosixFilePermissions(path));
    }
    assertEquals(
        PosixFilePermissions.fromString("r-xr-xr-x"),
        Files.getPosixFilePermissions(target.model().resolve("shards")));
  }

  @Test
  void thousandsOfSmallFilesArrive() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 2_000; i++) {
      files.put("d" + i % 50 + "/f" + i, SealedVersion.bytes(i % 90, i));
    }
    SealedVersion version = SealedVersion.of("acme/chat:3", SealedVersion.SEGMENT, files);
    deliver(version, version.store(storage), 4, 1 << 20, Progress.none());
    for (ManifestFile file : version.manifest().files()) {
      assertArrayEquals(
          version.plaintexts().get(file.path()),
          Files.readAllBytes(target.model().resolve(file.path().value())));
    }
  }

  @Test
  void progressAddsUpToTheWholeModel() throws IOException {
    SealedVersion version = SealedVersion.typical();
    Queue<DeliveryEvent> events = new ConcurrentLinkedQueue<>();
    deliver(version, version.store(storage), 2, 8192, events::add);
    long placed = 0;
    int whole = 0;
    for (DeliveryEvent event : events) {
      if (event instanceof DeliveryEvent.BytesPlaced bytes) {
        placed += bytes.plaintextBytes();
      } else if (event instanceof DeliveryEvent.FileWhole) {
        whole++;
      }
    }
    assertEquals(version.manifest().totals().plaintextBytes(), placed);
    assertEquals(version.manifest().files().size(), whole);
  }

  @Test
  void nothingIsVisibleBeforeTheLastFileIsWhole() throws IOException {
    SealedVersion version = SealedVersion.typical();
    Queue<Boolean> seen = new ConcurrentLinkedQueue<>();
    deliver(
        version, version.store(storage), 2, 4096, event -> seen.add(Files.exists(target.model())));
    assertTrue(!seen.isEmpty() && seen.stream().noneMatch(visible -> visible));
  }

  @Test
  void aMissingObjectEndsWithNothingThere() throws IOException {
    SealedVersion version = SealedVersion.typical();
    List<Path> objects = version.store(storage);
    Files.delete(objects.get(3));
    Problem problem =
        assertThrows(Problem.class, () -> deliver(version, objects, 3, 4096, Progress.none()));
    assertEquals(ProblemCode.SOURCE_UNAVAILABLE, problem.code());
    assertEquals(List.of(), target.names());
  }

  /** Several workers want a URL that does not come: one asks, the others wait for its answer. */
  @Test
  @Timeout(60)
  void aDeliveryThatEndsDoesNotAskForUrlsAnyMore() throws Exception {
    SealedVersion version = SealedVersion.typical();
    Queue<Integer> asked = new ConcurrentLinkedQueue<>();
    CountDownLatch asking = new CountDownLatch(1);
    UrlRefresher silent =
        indexes -> {
          asked.addAll(indexes.subList(0, 1));
          asking.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new Problem(ProblemCode.SERVICE_UNREACHABLE, "nobody answers");
        };
    try (ObjectServer server = ObjectServer.wellBehaved(version.objects());
        HttpRangeSource source =
            new HttpRangeSource(
                new ObjectUrls(version.manifest(), server.hosts(), List.of(), silent),
                RangeLimits.DEFAULT,
                Timing.system(),
                4,
                null);
        VersionKey key = version.key();
        Region region = target.open()) {
      Thread delivery = Thread.currentThread();
      Thread.ofVirtual()
          .start(() -> {
            try {
              asking.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            delivery.interrupt();
          });
      Problem problem =
          assertThrows(
              Problem.class,
              () ->
                  new ModelDelivery(4, 4096, Verification.DIGEST, Progress.none())
                      .deliver(version.manifest(), key, source, region));
      assertTrue(Thread.interrupted());
      assertEquals(ProblemCode.SOURCE_UNAVAILABLE, problem.code());
    }
    assertEquals(1, asked.size());
    assertEquals(List.of(), target.names());
  }

  @Test
  void anInterruptedCallerStopsTheWorkersAndLeavesNothing() throws IOException {
    SealedVersion version = SealedVersion.typical();
    List<Path> objects = version.store(storage);
    Thread.currentThread().interrupt();
    Problem problem =
        assertThrows(Problem.class, () -> deliver(version, objects, 3, 4096, Progress.none()));
    assertTrue(Thread.interrupted());
    assertEquals(ProblemCode.SOURCE_UNAVAILABLE, problem.code());
    assertEquals(List.of(), target.names());
  }

  private void deliver(
      SealedVersion version, List<Path> objects, int workers, int partBytes, Progress progress) {
    try (VersionKey key = version.key();
        Region region = target.open()) {
      new ModelDelivery(workers, partBytes, Verification.DIGEST, progress)
          .deliver(version.manifest(), key, new FileRangeSource(objects), region);
    }
  }
}
