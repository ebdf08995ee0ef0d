package dev.strongroom.delivery.lease;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A clock that nobody sets and that goes on while the machine is suspended, so that neither a wrong
 * date nor a closed lid extends a lease.
 */
@FunctionalInterface
public interface LeaseClock {
  /** Nanoseconds since some moment before the start of this process. */
  long nanos();

  /** {@code CLOCK_BOOTTIME} of {@code clock_gettime(2)}. */
  static LeaseClock sinceBoot() {
    return Boot.CLOCK;
  }

  /** Holds the native handle, which is made at first use. */
  final class Boot implements LeaseClock {
    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS = 1_000_000_000L;
    private static final Boot CLOCK = new Boot();

    private final MethodHandle clockGettime =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private Boot() {}

    @Override
    public long nanos() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment time = arena.allocate(2 * Long.BYTES, Long.BYTES);
        int result = (int) clockGettime.invokeExact(CLOCK_BOOTTIME, time);
        if (result != 0) {
          throw new IllegalStateException("the kernel has no CLOCK_BOOTTIME");
        }
        return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * NANOS
            + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("clock_gettime cannot be called", e);
      }
    }
  }
}
