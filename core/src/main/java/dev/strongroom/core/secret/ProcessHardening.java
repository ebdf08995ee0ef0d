package dev.strongroom.core.secret;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes it harder to read this process from outside: no core files ({@code setrlimit(2)}, {@code
 * RLIMIT_CORE}), not dumpable ({@code prctl(2)}, {@code PR_SET_DUMPABLE}: no {@code ptrace} and no
 * {@code /proc/PID/mem} for other processes of the same user). It does not stop root.
 *
 * @param notDumpable whether the kernel took it
 * @param noCoreFiles whether the kernel took it
 * @param attachDisabled whether the runtime was started so that no agent can attach
 * @param memoryLocking whether secrets can be locked into memory
 */
public record ProcessHardening(
    boolean notDumpable, boolean noCoreFiles, boolean attachDisabled, boolean memoryLocking) {

  /**
   * The flags with which every long-lived process of Strongroom is launched: no attaching agents,
   * no heap dumps, no performance data in {@code /tmp}, and access to native calls for this class.
   */
  public static final List<String> LAUNCH_FLAGS =
      List.of(
          "-XX:+DisableAttachMechanism",
          "-XX:-HeapDumpOnOutOfMemoryError",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:-UsePerfData",
          "-XX:-CreateCoredumpOnCrash",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int RLIMIT_CORE = 4;

  /**
   * Hardens this process and tells what holds now. Call it first in {@code main}. What the system
   * does not offer is reported, not thrown.
   */
  public static ProcessHardening apply() {
    prctl(PR_SET_DUMPABLE, 0);
    return new ProcessHardening(
        prctl(PR_GET_DUMPABLE, 0) == 0,
        forbidCoreFiles(),
        ManagementFactory.getRuntimeMXBean()
            .getInputArguments()
            .contains("-XX:+DisableAttachMechanism"),
        ProcessMemory.lockingWorks());
  }

  private static int prctl(int option, long argument) {
    MethodHandle handle =
        find(
            "prctl",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    return call(handle, option, argument, 0L, 0L, 0L);
  }

  private static boolean forbidCoreFiles() {
    MethodHandle handle =
        find(
            "setrlimit",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      // struct rlimit { rlim_t rlim_cur; rlim_t rlim_max; }: allocated as zeros.
      MemorySegment nothing = arena.allocate(ValueLayout.JAVA_LONG, 2);
      return call(handle, RLIMIT_CORE, nothing) == 0;
    }
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

  private static @Nullable MethodHandle find(
      String symbol, FunctionDescriptor descriptor, Linker.Option... options) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(symbol)
        .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor, options))
        .orElse(null);
  }
}
