package dev.strongroom.delivery.attest.nvidia;

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

/**
 * What is needed of the NVIDIA Management Library ({@code nvml.h}, drivers R535 and later), which
 * comes with the driver. Closing shuts it down. For one thread.
 */
final class Nvml implements AutoCloseable {
  /** As the driver installs it. */
  static final String LIBRARY = "libnvidia-ml.so.1";

  static final int NONCE_BYTES = 32;
  private static final int MAX_CHAIN = 0x1000;
  private static final int MAX_ATTESTATION_CHAIN = 0x1400;
  private static final int MAX_REPORT = 0x2000;
  private static final int MAX_CEC_REPORT = 0x1000;

  private static final StructLayout CERTIFICATE =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_INT.withName("chainSize"),
          ValueLayout.JAVA_INT.withName("attestationChainSize"),
          bytes("chain", MAX_CHAIN),
          bytes("attestationChain", MAX_ATTESTATION_CHAIN));
  private static final StructLayout REPORT =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_INT.withName("cecReportPresent"),
          ValueLayout.JAVA_INT.withName("reportSize"),
          ValueLayout.JAVA_INT.withName("cecReportSize"),
          bytes("nonce", NONCE_BYTES),
          bytes("report", MAX_REPORT),
          bytes("cecReport", MAX_CEC_REPORT));

  private final Arena arena = Arena.ofConfined();
  private final SymbolLookup library;

  /**
   * Loads and starts the library.
   *
   * @throws IOException when it is not there, older than confidential computing, or finds no driver
   */
  Nvml(String name) throws IOException {
    try {
      this.library = SymbolLookup.libraryLookup(name, arena);
      call("nvmlInit_v2");
    } catch (IllegalArgumentException e) {
      arena.close();
      throw new IOException("the library " + name + " cannot be loaded", e);
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /** How many GPUs there are. */
  int count() throws IOException {
    MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
    call("nvmlDeviceGetCount_v2", count);
    return count.get(ValueLayout.JAVA_INT, 0);
  }

  /** The GPU of this index, good until this is closed. */
  MemorySegment device(int index) throws IOException {
    MemorySegment device = arena.allocate(ValueLayout.ADDRESS);
    call("nvmlDeviceGetHandleByIndex_v2", index, device);
    return device.get(ValueLayout.ADDRESS, 0);
  }

  /** {@code NVML_DEVICE_ARCH_…}: 9 is Hopper, 10 Blackwell. */
  int architecture(MemorySegment device) throws IOException {
    MemorySegment architecture = arena.allocate(ValueLayout.JAVA_INT);
    call("nvmlDeviceGetArchitecture", device, architecture);
    return architecture.get(ValueLayout.JAVA_INT, 0);
  }

  /** The chain of the key that signs reports, PEM. */
  byte[] attestationChain(MemorySegment device) throws IOException {
    MemorySegment certificate = arena.allocate(CERTIFICATE);
    call("nvmlDeviceGetConfComputeGpuCertificate", device, certificate);
    return part(CERTIFICATE, certificate, "attestationChain", "attestationChainSize");
  }

  /** A report over this nonce: the SPDM request and its response. */
  byte[] report(MemorySegment device, byte[] nonce) throws IOException {
    MemorySegment report = arena.allocate(REPORT);
    MemorySegment.copy(
        nonce, 0, report, ValueLayout.JAVA_BYTE, offset(REPORT, "nonce"), NONCE_BYTES);
    call("nvmlDeviceGetConfComputeGpuAttestationReport", device, report);
    return part(REPORT, report, "report", "reportSize");
  }

  private static MemoryLayout bytes(String name, int size) {
    return MemoryLayout.sequenceLayout(size, ValueLayout.JAVA_BYTE).withName(name);
  }

  private static long offset(StructLayout layout, String member) {
    return layout.byteOffset(PathElement.groupElement(member));
  }

  private static byte[] part(
      StructLayout layout, MemorySegment filled, String member, String sizeMember)
      throws IOException {
    int size = filled.get(ValueLayout.JAVA_INT, offset(layout, sizeMember));
    long room = layout.select(PathElement.groupElement(member)).byteSize();
    if (size <= 0 || size > room) {
      throw new IOException("the library says that '" + member + "' has " + size + " bytes");
    }
    return filled.asSlice(offset(layout, member), size).toArray(ValueLayout.JAVA_BYTE);
  }

  private void call(String name) throws IOException {
    try {
      require(name, (int) function(name).invokeExact());
    } catch (Throwable e) {
      throw failure(name, e);
    }
  }

  private void call(String name, MemorySegment out) throws IOException {
    try {
      require(name, (int) function(name, ValueLayout.ADDRESS).invokeExact(out));
    } catch (Throwable e) {
      throw failure(name, e);
    }
  }

  private void call(String name, int index, MemorySegment out) throws IOException {
    try {
      require(
          name,
          (int) function(name, ValueLayout.JAVA_INT, ValueLayout.ADDRESS).invokeExact(index, out));
    } catch (Throwable e) {
      throw failure(name, e);
    }
  }

  private void call(String name, MemorySegment device, MemorySegment inOut) throws IOException {
    try {
      require(
          name,
          (int)
              function(name, ValueLayout.ADDRESS, ValueLayout.ADDRESS).invokeExact(device, inOut));
    } catch (Throwable e) {
      throw failure(name, e);
    }
  }

  private MethodHandle function(String name, MemoryLayout... arguments) throws IOException {
    MemorySegment function =
        library
            .find(name)
            .orElseThrow(
                () -> new IOException("the library has no " + name + ": the driver is too old"));
    return Linker.nativeLinker()
        .downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
  }

  // nvmlReturn_t; 3 is NVML_ERROR_NOT_SUPPORTED.
  private static void require(String name, int result) throws IOException {
    if (result != 0) {
      throw new IOException(
          name
              + " ends with "
              + result
              + (result == 3 ? ": the GPU is not in confidential mode" : ""));
    }
  }

  private static IOException failure(String name, Throwable e) {
    return switch (e) {
      case IOException told -> told;
      case Error error -> throw error;
      default -> new IOException(name + " cannot be called", e);
    };
  }

  @Override
  public void close() {
    try {
      call("nvmlShutdown");
    } catch (IOException e) {
      // What was asked for is here; the process ends the rest.
    } finally {
      arena.close();
    }
  }
}
