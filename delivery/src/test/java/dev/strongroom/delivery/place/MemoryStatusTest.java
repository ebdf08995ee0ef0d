package dev.strongroom.delivery.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryStatusTest {
  @TempDir Path folder;

  @Test
  void theMachineIsTheLimitWhereNoGroupIsTighter() throws IOException {
    MemoryStatus status = new FakeKernel(folder).withMemAvailableKib(7).status();
    assertEquals(OptionalLong.of(7 * 1024), status.available());
  }

  @Test
  void everyGroupAboveTheProcessCountsInVersion2() throws IOException {
    MemoryStatus status =
        new FakeKernel(folder)
            .withGroup("0::/pod/container")
            .withFile("pod/container/memory.max", "max")
            .withFile("pod/container/memory.current", "10")
            .withFile("pod/memory.max", "1000")
            .withFile("pod/memory.current", "400")
            .withFile("pod/memory.stat", "anon 300\ninactive_file 100")
            .status();
    assertEquals(OptionalLong.of(700), status.available());
  }

  @Test
  void aGroupSeenFromInsideItsContainerIsAtTheRoot() throws IOException {
    MemoryStatus status =
        new FakeKernel(folder)
            .withGroup("0::/../../host/path/that/is/not/here")
            .withFile("memory.max", "5000")
            .withFile("memory.current", "1000")
            .status();
    assertEquals(OptionalLong.of(1L << 40), status.available(), "outside of what is mounted here");
    MemoryStatus rooted =
        new FakeKernel(folder)
            .withGroup("0::/")
            .withFile("memory.max", "5000")
            .withFile("memory.current", "1000")
            .status();
    assertEquals(OptionalLong.of(4000), rooted.available());
  }

  @Test
  void version1HasItsOwnNamesAndItsOwnWayToSayNoLimit() throws IOException {
    FakeKernel kernel =
        new FakeKernel(folder)
            .withGroup("9:cpu,memory:/docker/abc")
            .withFile("memory/docker/abc/memory.limit_in_bytes", "9000")
            .withFile("memory/docker/abc/memory.usage_in_bytes", "8000")
            .withFile("memory/docker/abc/memory.stat", "total_inactive_file 500")
            .withFile("memory/memory.limit_in_bytes", "9223372036854771712")
            .withFile("memory/memory.usage_in_bytes", "8000");
    assertEquals(OptionalLong.of(1500), kernel.status().available());
  }

  @Test
  void aKernelThatShowsNothingHasNoAnswer() {
    MemoryStatus status = new MemoryStatus(folder.resolve("none"), folder.resolve("none"));
    assertTrue(status.available().isEmpty());
    assertFalse(status.swapEnabled());
    assertFalse(status.mountedWithoutSwap(folder));
  }

  @Test
  void thisKernelAnswers() {
    assertTrue(new MemoryStatus().available().orElse(0) > 0);
    FileSystemStatus shared = FileSystemStatus.of(Path.of("/dev/shm"));
    assertTrue(shared.isMemory());
    assertFalse(FileSystemStatus.of(Path.of("/proc")).isMemory());
    assertTrue(shared.available() > 0 && shared.filesAvailable() > 0);
  }
}
