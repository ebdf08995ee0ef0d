package dev.strongroom.keyservice.kms.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * A file descriptor by its number. Java has no way to it, and {@code /proc/self/fd} is closed to a
 * process that is not dumpable.
 */
final class InheritedDescriptor {
  private static final Linker LINKER = Linker.nativeLinker();

  private InheritedDescriptor() {}

  /**
   * Reads to the end, with {@code read(2)}, and closes it, so that no child has it.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be read or holds more
   *     than {@code limit} bytes
   */
  static byte[] readAndClose(int descriptor, int limit) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(limit + 1L);
      long size = 0;
      long count;
      do {
        count =
            (long)
                call(
                    "read",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
                    descriptor,
                    buffer.asSlice(size),
                    limit + 1 - size);
        size += Math.max(count, 0);
      } while (count > 0 && size <= limit);
      byte[] content = buffer.asSlice(0, size).toArray(JAVA_BYTE);
      buffer.fill((byte) 0);
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), descriptor);
      if (count < 0 || size > limit) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID,
            "the descriptor " + descriptor + " cannot be read: start the service with it open");
      }
      return content;
    }
  }

  private static Object call(String name, FunctionDescriptor shape, Object... arguments) {
    MemorySegment function = LINKER.defaultLookup().findOrThrow(name);
    try {
      return LINKER.downcallHandle(function, shape).invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("the system's " + name + " cannot be called", e);
    }
  }
}
