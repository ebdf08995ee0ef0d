package dev.strongroom.delivery.place;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that a kernel shows, in a folder of a test. */
final class FakeKernel {
  private final Path proc;
  private final Path cgroups;

  FakeKernel(Path folder) throws IOException {
    this.proc = Files.createDirectories(folder.resolve("proc"));
    this.cgroups = Files.createDirectories(folder.resolve("cgroup"));
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("swaps"), "Filename\tType\tSize\tUsed\tPriority\n");
    Files.writeString(proc.resolve("self/mountinfo"), "");
    Files.writeString(proc.resolve("self/cgroup"), "0::/\n");
    withMemAvailableKib(1L << 30);
  }

  MemoryStatus status() {
    return new MemoryStatus(proc, cgroups);
  }

  FakeKernel withSwap() throws IOException {
    Files.writeString(
        proc.resolve("swaps"),
        "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 1 0 -2\n");
    return this;
  }

  FakeKernel withMemAvailableKib(long kib) throws IOException {
    Files.writeString(
        proc.resolve("meminfo"), "MemTotal: 99999999 kB\nMemAvailable:   " + kib + " kB\n");
    return this;
  }

  /** Mounts a tmpfs on top of what is there. */
  FakeKernel withMount(Path place, String options) throws IOException {
    Path file = proc.resolve("self/mountinfo");
    Files.writeString(
        file,
        Files.readString(file)
            + "36 35 98:0 / "
            + place
            + " rw,noatime master:1 - tmpfs tmpfs "
            + options
            + "\n");
    return this;
  }

  FakeKernel withGroup(String line) throws IOException {
    Files.writeString(proc.resolve("self/cgroup"), line + "\n");
    return this;
  }

  FakeKernel withFile(String path, String content) throws IOException {
    Path file = cgroups.resolve(path);
    Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
    Files.writeString(file, content + "\n");
    return this;
  }
}
