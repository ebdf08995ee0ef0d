package dev.strongroom.core.secret;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * What Linux offers to keep a page out of swap and out of core files: {@code mlock(2)} and {@code
 * madvise(2)} with {@code MADV_DONTDUMP}. Best effort: limits on locked memory are common, and a
 * secret must stay usable under them. {@link #lockingWorks()} tells, so that a start-up message
 * can.
 */
public final class ProcessMemory {
  private static final int MADV_DONTDUMP = 16;
  private static final long PAGE = 4096;

  private static final @Nullable MethodHandle MLOCK =
      find(
          "mlock",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
  private static final @Nullable MethodHandle MADVISE =
      find(
          "madvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private ProcessMemory() {}

  /** Whether a page of this process can be locked into memory now. */
  public static boolean lockingWorks() {
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
      return lock(arena.allocate(64));
    }
  }

  static void protect(MemorySegment segment) {
    lock(segment);
    long first = segment.address() / PAGE * PAGE;
    long length = segment.address() + segment.byteSize() - first;
    call(MADVISE, MemorySegment.ofAddress(first), length, MADV_DONTDUMP);
  }

  private static boolean lock(MemorySegment segment) {
    return call(MLOCK, segment, segment.byteSize()) == 0;
  }

  private static int call(@Nullable MethodHandle handle, Object... arguments) {
    if (handle == null) {
      return -1;
    }
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      return -1;
    }
  }

  private static @Nullable MethodHandle find(String symbol, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(symbol)
        .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor))
        .orElse(null);
  }
}
