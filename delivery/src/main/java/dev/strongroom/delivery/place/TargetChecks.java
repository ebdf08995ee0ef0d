package dev.strongroom.delivery.place;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The conditions that a place must meet before a byte of plaintext is written there. */
final class TargetChecks {
  private static final long PAGE = 4096;

  private final MemoryStatus memory;

  TargetChecks(MemoryStatus memory) {
    this.memory = memory;
  }

  /**
   * @throws Problem {@link ProblemCode#TARGET_NOT_MEMORY} unless the operator allows it
   */
  void requireMemory(Path parent, FileSystemStatus status, TargetSettings settings) {
    if (!status.isMemory() && !settings.allowDisk()) {
      throw new Problem(
          ProblemCode.TARGET_NOT_MEMORY,
          parent
              + " is not on tmpfs or ramfs, so plaintext would reach a disk; mount a tmpfs there"
              + " (an emptyDir with medium: Memory), or name the exception target-not-memory");
    }
  }

  /**
   * @throws Problem {@link ProblemCode#SWAP_ENABLED} unless the operator allows it
   */
  void requireNoSwap(Path parent, TargetSettings settings) {
    if (!settings.allowSwap() && memory.swapEnabled() && !memory.mountedWithoutSwap(parent)) {
      throw new Problem(
          ProblemCode.SWAP_ENABLED,
          "swap is on, so plaintext in "
              + parent
              + " could reach a disk; turn it off, mount with noswap, or name the exception"
              + " swap-enabled");
    }
  }

  /**
   * Compares what the signed manifest needs with what there is.
   *
   * @throws Problem {@link ProblemCode#TARGET_TOO_SMALL}
   */
  void requireRoom(Path parent, FileSystemStatus status, Manifest manifest) {
    long needed = 0;
    for (ManifestFile file : manifest.files()) {
      needed = Math.addExact(needed, Math.ceilDiv(file.plaintextSize(), PAGE) * PAGE);
    }
    if (status.capacity() > 0 && needed > status.available()) {
      throw tooSmall(parent + " has room for " + status.available() + " bytes", needed);
    }
    // Directories take an entry each, too: never more than the depth of a path for each file.
    int files = manifest.files().size();
    if (status.fileCapacity() > 0 && files >= status.filesAvailable()) {
      throw tooSmall(parent + " has room for " + status.filesAvailable() + " files", needed);
    }
    OptionalLong available = memory.available();
    if (status.isMemory() && available.isPresent() && needed > available.getAsLong()) {
      throw tooSmall(
          "the machine or the memory limit of this container has room for "
              + available.getAsLong()
              + " bytes",
          needed);
    }
  }

  private static Problem tooSmall(String room, long needed) {
    return new Problem(
        ProblemCode.TARGET_TOO_SMALL,
        room + ", the model needs " + needed + "; raise the limit or use a larger node");
  }
}
