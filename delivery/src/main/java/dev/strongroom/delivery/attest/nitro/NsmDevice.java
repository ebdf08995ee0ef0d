package dev.strongroom.delivery.attest.nitro;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The driver of the Nitro Security Module (Linux, {@code include/uapi/linux/nsm.h}): one request
 * and its response, both CBOR, in one ioctl of a character device. Java opens files and has no
 * ioctl, so {@code open}, {@code ioctl} and {@code close} of the C library are called.
 */
final class NsmDevice implements NsmChannel {
  /** Where the driver has it. */
  static final Path PATH = Path.of("/dev/nsm");

  /** The most that the driver answers. */
  static final int MAX_RESPONSE = 0x3000;

  private static final int MAX_REQUEST = 0x1000;

  // _IOWR(0x0A, 0, struct nsm_raw), which has 32 bytes.
  private static final long IOCTL_RAW = 0xC020_0A00L;
  private static final int READ_WRITE_CLOSE_ON_EXEC = 02 | 02000000;

  // struct nsm_raw: two struct nsm_iovec.
  private static final StructLayout RAW =
      MemoryLayout.structLayout(
          ValueLayout.ADDRESS.withName("request"),
          ValueLayout.JAVA_LONG.withName("requestSize"),
          ValueLayout.ADDRESS.withName("response"),
          ValueLayout.JAVA_LONG.withName("responseSize"));
  private static final StructLayout ERRNO = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO_VALUE = ERRNO.varHandle(PathElement.groupElement("errno"));

  private final Path device;
  private final MethodHandle open;
  private final MethodHandle ioctl;
  private final MethodHandle close;

  NsmDevice() {
    this(PATH, Linker.nativeLinker().defaultLookup());
  }

  /**
   * @param library has the three functions
   */
  NsmDevice(Path device, SymbolLookup library) {
    this.device = device;
    Linker linker = Linker.nativeLinker();
    Linker.Option errno = Linker.Option.captureCallState("errno");
    // Variadic in C: what follows the fixed arguments may travel in other registers.
    this.open =
        linker.downcallHandle(
            library.findOrThrow("open"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2),
            errno);
    this.ioctl =
        linker.downcallHandle(
            library.findOrThrow("ioctl"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2),
            errno);
    this.close =
        linker.downcallHandle(
            library.findOrThrow("close"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }

  @Override
  public byte[] exchange(byte[] request) throws IOException {
    if (request.length > MAX_REQUEST) {
      throw new IllegalArgumentException("a request has at most " + MAX_REQUEST + " bytes");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO);
      int file =
          (int)
              open.invokeExact(
                  errno, arena.allocateFrom(device.toString()), READ_WRITE_CLOSE_ON_EXEC);
      if (file < 0) {
        throw failure(device + " cannot be opened", errno);
      }
      try {
        return exchange(file, request, arena, errno);
      } finally {
        int _ = (int) close.invokeExact(file);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException("the C library cannot be called", e);
    }
  }

  private byte[] exchange(int file, byte[] request, Arena arena, MemorySegment errno)
      throws Throwable {
    MemorySegment response = arena.allocate(MAX_RESPONSE);
    MemorySegment raw = arena.allocate(RAW);
    raw.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, request));
    raw.set(ValueLayout.JAVA_LONG, offset("requestSize"), request.length);
    raw.set(ValueLayout.ADDRESS, offset("response"), response);
    raw.set(ValueLayout.JAVA_LONG, offset("responseSize"), MAX_RESPONSE);
    int result = (int) ioctl.invokeExact(errno, file, IOCTL_RAW, raw);
    if (result < 0) {
      throw failure("the driver takes no request", errno);
    }
    long size = raw.get(ValueLayout.JAVA_LONG, offset("responseSize"));
    if (size < 0 || size > MAX_RESPONSE) {
      throw new IOException("the driver says that it answered with " + size + " bytes");
    }
    return response.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
  }

  private static long offset(String member) {
    return RAW.byteOffset(PathElement.groupElement(member));
  }

  private static IOException failure(String message, MemorySegment errno) {
    return new IOException(message + " (errno " + (int) ERRNO_VALUE.get(errno, 0L) + ")");
  }
}
