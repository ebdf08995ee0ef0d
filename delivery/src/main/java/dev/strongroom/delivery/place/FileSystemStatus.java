package dev.strongroom.delivery.place;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * What {@code statfs(2)} says of the file system of a path.
 *
 * @param type the magic number of its kind
 * @param capacity in bytes; 0 where it has no limit of its own
 * @param available bytes that may still be written
 * @param fileCapacity files that it may hold; 0 where there is no limit
 * @param filesAvailable files that may still be made
 */
public record FileSystemStatus(
    long type, long capacity, long available, long fileCapacity, long filesAvailable) {
  // linux/magic.h
  private static final long TMPFS = 0x01021994L;
  private static final long RAMFS = 0x858458f6L;

  // struct statfs on 64-bit Linux: f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree.
  private static final int STATFS_BYTES = 256;
  private static final long UINT32 = 0xffff_ffffL;

  /** Whether its content is in memory (and, for tmpfs, swap). */
  public boolean isMemory() {
    return type == TMPFS || type == RAMFS;
  }

  /**
   * Asks the kernel.
   *
   * @throws Problem {@link ProblemCode#TARGET_NOT_MEMORY} when it does not answer
   */
  public static FileSystemStatus of(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(STATFS_BYTES, Long.BYTES);
      int result = (int) Native.STATFS.invokeExact(arena.allocateFrom(path.toString()), buffer);
      if (result != 0) {
        throw unknown(path, null);
      }
      long blockSize = at(buffer, 1);
      return new FileSystemStatus(
          at(buffer, 0) & UINT32,
          blockSize * at(buffer, 2),
          blockSize * at(buffer, 4),
          at(buffer, 5),
          at(buffer, 6));
    } catch (Problem e) {
      throw e;
    } catch (Throwable e) {
      throw unknown(path, e);
    }
  }

  private static long at(MemorySegment buffer, long index) {
    return buffer.getAtIndex(ValueLayout.JAVA_LONG, index);
  }

  private static Problem unknown(Path path, @org.jspecify.annotations.Nullable Throwable cause) {
    String message = "the kernel does not say what file system " + path + " is on";
    return cause == null
        ? new Problem(ProblemCode.TARGET_NOT_MEMORY, message)
        : new Problem(ProblemCode.TARGET_NOT_MEMORY, message, cause);
  }

  private static final class Native {
    static final MethodHandle STATFS =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("statfs"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
  }
}
