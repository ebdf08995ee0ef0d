package dev.strongroom.delivery.place;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.TargetDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TmpfsRegionTest {
  private static final SealedVersion VERSION = SealedVersion.typical();

  private final TargetDirectory target = new TargetDirectory();
  @TempDir Path disk;

  @AfterEach
  void clean() {
    target.close();
  }

  private static void fill(Region region) {
    try (StagedModel staged = region.stage(VERSION.manifest())) {
      VERSION
          .manifest()
          .files()
          .forEach(file -> {
            byte[] bytes = Objects.requireNonNull(VERSION.plaintexts().get(file.path()));
            StagedFile staging = staged.create(file.path());
            staging.write(bytes, 0, bytes.length, 0);
            staging.complete(bytes.length, file.mode());
          });
      staged.publish();
    }
  }

  private ProblemCode refused(TargetSettings settings, MemoryStatus memory) {
    return assertThrows(Problem.class, () -> TmpfsRegion.open(settings, memory).close()).code();
  }

  @Test
  void aDirectoryOnDiskIsRefusedUnlessTheOperatorNamesIt() {
    Path model = disk.resolve("chat");
    assertEquals(
        ProblemCode.TARGET_NOT_MEMORY,
        refused(new TargetSettings(model, false, true), new MemoryStatus()));
    try (Region region =
        TmpfsRegion.open(new TargetSettings(model, true, true), new MemoryStatus())) {
      fill(region);
      assertTrue(region.matches(VERSION.manifest()));
    }
  }

  @Test
  void swapIsRefusedUnlessTheOperatorOrTheMountSaysOtherwise() throws IOException {
    FakeKernel kernel = new FakeKernel(disk).withSwap();
    TargetSettings strict = new TargetSettings(target.model(), false, false);
    assertEquals(ProblemCode.SWAP_ENABLED, refused(strict, kernel.status()));
    TmpfsRegion.open(target.settings(), kernel.status()).close();
    kernel.withMount(target.parent(), "rw,noswap");
    TmpfsRegion.open(strict, kernel.status()).close();
    kernel.withMount(target.parent().resolve("deeper"), "rw");
    TmpfsRegion.open(strict, kernel.status()).close();
    kernel.withMount(target.parent(), "rw");
    assertEquals(ProblemCode.SWAP_ENABLED, refused(strict, kernel.status()));
  }

  @Test
  void aModelLargerThanTheMemoryIsRefusedBeforeItsFirstByte() throws IOException {
    FakeKernel kernel = new FakeKernel(disk).withMemAvailableKib(100);
    try (Region region = TmpfsRegion.open(target.settings(), kernel.status())) {
      Problem problem = assertThrows(Problem.class, () -> region.stage(VERSION.manifest()).close());
      assertEquals(ProblemCode.TARGET_TOO_SMALL, problem.code());
      assertEquals(List.of(), target.names());
    }
  }

  @Test
  void theModelAppearsByOneRenameAndGoesAfterBeingOverwritten() throws IOException {
    try (Region region = target.open()) {
      fill(region);
      region.announce("{}");
      assertTrue(Files.exists(target.parent().resolve("chat.ready")));
      try (RandomAccessFile reader =
          new RandomAccessFile(target.model().resolve("config.json").toFile(), "r")) {
        WipeExtent extent = region.wipe(WipeManner.OVERWRITE);
        assertEquals(VERSION.manifest().files().size(), extent.files());
        assertEquals(VERSION.manifest().totals().plaintextBytes(), extent.bytes());
        assertEquals(0, reader.length(), "an open file holds nothing any more");
      }
      assertEquals(List.of(), target.names());
      assertEquals(WipeExtent.NOTHING, region.wipe(WipeManner.OVERWRITE));
    }
  }

  @Test
  void truncatingTakesTheBytesFromAReaderThatStillRuns() throws IOException {
    try (Region region = target.open()) {
      fill(region);
      try (RandomAccessFile reader =
          new RandomAccessFile(target.model().resolve("config.json").toFile(), "r")) {
        assertEquals(
            VERSION.manifest().totals().plaintextBytes(), region.wipe(WipeManner.TRUNCATE).bytes());
        assertEquals(-1, reader.read());
      }
    }
  }

  @Test
  void aReaderOfAHalfWipedModelSeesNoZeros() throws Exception {
    Path left = target.parent().resolve(".strongroom-chat.wiping/x");
    Files.createDirectories(left.getParent());
    byte[] ones = new byte[32 << 20];
    java.util.Arrays.fill(ones, (byte) 1);
    Files.write(left, ones);
    try (FileChannel reader = FileChannel.open(left)) {
      var zeroSeen =
          java.util.concurrent.CompletableFuture.supplyAsync(() -> {
            try {
              ByteBuffer first = ByteBuffer.allocate(1);
              while (reader.read(first.clear(), 0) == 1) {
                if (first.get(0) == 0) {
                  return true;
                }
              }
              return false;
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      TmpfsRegion.open(target.settings(), new MemoryStatus()).close();
      assertFalse(zeroSeen.get(20, java.util.concurrent.TimeUnit.SECONDS));
    }
  }

  @Test
  void whatAKilledProcessLeftHalfDoneIsRemoved() throws IOException {
    TmpfsRegion killed = target.open();
    StagedModel staged = killed.stage(VERSION.manifest());
    StagedFile file = staged.create(new WeightPath("shards/model-1.safetensors"));
    file.write(new byte[] {1, 2, 3}, 0, 3, 0);
    file.close();
    Files.createDirectories(target.parent().resolve(".strongroom-chat.wiping/shards"));
    Files.writeString(target.parent().resolve(".strongroom-chat.wiping/shards/x"), "rest");
    Files.writeString(target.parent().resolve("chat.ready"), "{}");
    killed.close();
    assertFalse(target.names().isEmpty());
    try (Region region = target.open()) {
      assertEquals(List.of(), target.names());
      fill(region);
    }
  }

  @Test
  void aWholeModelOfAnEarlierProcessIsComparedByteByByte() throws IOException {
    try (Region region = target.open()) {
      fill(region);
    }
    try (Region region = target.open()) {
      assertTrue(region.holdsModel());
      assertTrue(region.matches(VERSION.manifest()));
      SealedVersion other =
          SealedVersion.of(
              "acme/chat:3", SealedVersion.SEGMENT, java.util.Map.of("config.json", new byte[9]));
      assertFalse(region.matches(other.manifest()));
      assertEquals(
          ProblemCode.TARGET_OCCUPIED,
          assertThrows(Problem.class, () -> region.stage(VERSION.manifest()).close()).code());
    }
  }

  @Test
  void aModelWithOneFileTooManyOrTooFewDoesNotMatch() throws IOException {
    try (Region region = target.open()) {
      fill(region);
      Path shards = target.model().resolve("shards");
      Files.setPosixFilePermissions(
          shards, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
      Path extra = Files.writeString(shards.resolve("extra"), "x");
      assertFalse(region.matches(VERSION.manifest()));
      Files.delete(extra);
      assertTrue(region.matches(VERSION.manifest()));
      Files.delete(shards.resolve("model-2.safetensors"));
      assertFalse(region.matches(VERSION.manifest()));
      Files.createSymbolicLink(shards.resolve("model-2.safetensors"), Path.of("model-1"));
      assertFalse(region.matches(VERSION.manifest()));
    }
  }

  @Test
  void aDirectoryThatIsNotOursIsLeftAlone() throws IOException {
    Path theirs = Files.createDirectory(target.model()).resolve("theirs");
    Files.writeString(theirs, "kept");
    assertEquals(ProblemCode.TARGET_OCCUPIED, refused(target.settings(), new MemoryStatus()));
    assertEquals("kept", Files.readString(theirs));
  }

  @Test
  void aSymbolicLinkInTheWayIsRefusedAndNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(disk.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("file"), "kept");
    Files.createSymbolicLink(target.model(), elsewhere);
    assertEquals(ProblemCode.TARGET_OCCUPIED, refused(target.settings(), new MemoryStatus()));
    Files.delete(target.model());
    Files.createSymbolicLink(target.parent().resolve(".strongroom-chat.staging"), elsewhere);
    target.open().close();
    assertEquals("kept", Files.readString(elsewhere.resolve("file")));
    Files.createSymbolicLink(
        target.parent().resolve(".strongroom-chat.owner"), elsewhere.resolve("file"));
    assertEquals(ProblemCode.TARGET_OCCUPIED, refused(target.settings(), new MemoryStatus()));
    assertEquals("kept", Files.readString(elsewhere.resolve("file")));
  }

  @Test
  void aLinkInAModelThatIsWipedIsNotFollowed() throws IOException {
    Path outside = Files.writeString(disk.resolve("outside"), "kept");
    try (Region region = target.open()) {
      fill(region);
      Path shards = target.model().resolve("shards");
      Files.setPosixFilePermissions(
          shards, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
      Files.createSymbolicLink(shards.resolve("link"), outside);
      region.wipe(WipeManner.OVERWRITE);
    }
    assertEquals("kept", Files.readString(outside));
    assertEquals(List.of(), target.names());
  }

  @Test
  void oneProcessIsInChargeAtATime() {
    try (Region first = target.open()) {
      assertFalse(first.holdsModel());
      assertEquals(ProblemCode.TARGET_OCCUPIED, refused(target.settings(), new MemoryStatus()));
    }
    target.open().close();
  }

  @Test
  void aParentThatDoesNotExistIsAConfigurationFault() {
    TargetSettings settings =
        new TargetSettings(target.parent().resolve("absent/chat"), false, true);
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refused(settings, new MemoryStatus()));
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        refused(new TargetSettings(Path.of("/"), false, true), new MemoryStatus()));
  }

  @Test
  void aFileOfAnotherSizeThanTheManifestSaysIsNotCompleted() {
    try (Region region = target.open();
        StagedModel staged = region.stage(VERSION.manifest())) {
      StagedFile file = staged.create(new WeightPath("a"));
      byte[] three = {1, 2, 3};
      file.write(three, 0, 3, 0);
      assertArrayEquals(new byte[] {1, 2, 3}, three);
      assertEquals(
          ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
          assertThrows(Problem.class, () -> file.complete(4, 0444)).code());
    }
    assertEquals(List.of(), target.names());
  }
}
