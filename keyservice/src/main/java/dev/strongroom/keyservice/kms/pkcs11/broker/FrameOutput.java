package dev.strongroom.keyservice.kms.pkcs11.broker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Where the broker's standard output led to when it started, under a number that no module knows. A
 * module that prints writes to descriptor 1, which is the standard error from then on: between the
 * frames it would end the connection for good.
 *
 * <p>Java opens descriptors by number for nobody, and {@code /proc/self/fd} is closed to a process
 * that is not dumpable. Not thread-safe. What was copied here to write it is overwritten.
 */
final class FrameOutput extends OutputStream {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int EINTR = 4;
  private static final int BUFFER_BYTES = 16 * 1024;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle WRITE =
      function(
          "write",
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private final int descriptor;
  private final MemorySegment buffer = Arena.global().allocate(BUFFER_BYTES);
  private final MemorySegment state = Arena.global().allocate(STATE);

  private FrameOutput(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes the standard output away from everybody else in this process.
   *
   * @throws IllegalStateException when the system does not let us
   */
  static FrameOutput ofStandardOutput() {
    int kept =
        descriptor(function("dup", FunctionDescriptor.of(JAVA_INT, JAVA_INT)), STANDARD_OUTPUT);
    int _ =
        descriptor(
            function("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT)),
            STANDARD_ERROR,
            STANDARD_OUTPUT);
    return new FrameOutput(kept);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    for (int at = 0; at < length; at += BUFFER_BYTES) {
      int size = Math.min(BUFFER_BYTES, length - at);
      MemorySegment part = buffer.asSlice(0, size);
      MemorySegment.copy(bytes, offset + at, part, JAVA_BYTE, 0, size);
      try {
        writeAll(part);
      } finally {
        part.fill((byte) 0);
      }
    }
  }

  private void writeAll(MemorySegment part) throws IOException {
    long done = 0;
    while (done < part.byteSize()) {
      long count;
      try {
        count =
            (long) WRITE.invokeExact(state, descriptor, part.asSlice(done), part.byteSize() - done);
      } catch (Throwable e) {
        throw new IllegalStateException("the system's write cannot be called", e);
      }
      if (count >= 0) {
        done += count;
      } else if ((int) ERRNO.get(state, 0L) != EINTR) {
        throw new IOException("the pipe to the service cannot be written to");
      }
    }
  }

  private static int descriptor(MethodHandle function, Object... arguments) {
    int descriptor;
    try {
      descriptor = (int) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("the system's function cannot be called", e);
    }
    if (descriptor < 0) {
      throw new IllegalStateException("the standard output or error is closed");
    }
    return descriptor;
  }

  private static MethodHandle function(
      String name, FunctionDescriptor shape, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape, options);
  }
}
