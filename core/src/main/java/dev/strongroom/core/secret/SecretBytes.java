package dev.strongroom.core.secret;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Secret bytes outside the Java heap, locked into memory where the system allows it, wiped when
 * closed.
 *
 * <p>What it gives is a bounded lifetime, not a wiped heap: a caller that must hand the bytes to a
 * cipher gets a heap copy for the length of one call ({@link #use}), which is overwritten when the
 * call returns. What the cipher itself keeps is its own matter, and the residue test of the project
 * looks for it.
 *
 * <p>It may be used by several threads. A secret that is being closed is never read half wiped: a
 * reader gets the whole secret or an exception.
 */
public final class SecretBytes implements AutoCloseable {
  private final MemorySegment bytes;
  private final Runnable release;

  private boolean closed;

  private SecretBytes(MemorySegment bytes, Runnable release) {
    this.bytes = bytes;
    this.release = release;
  }

  private static SecretBytes allocate(int size) {
    return size <= SecretSlots.SLOT_BYTES ? inSlot(size) : inArena(size);
  }

  private static SecretBytes inSlot(int size) {
    MemorySegment slot = SecretSlots.take();
    return new SecretBytes(slot.asSlice(0, size), () -> SecretSlots.giveBack(slot));
  }

  @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as the secret: see close()
  private static SecretBytes inArena(int size) {
    Arena arena = Arena.ofShared();
    MemorySegment bytes = arena.allocate(size);
    ProcessMemory.protect(bytes);
    return new SecretBytes(bytes, arena::close);
  }

  /** Takes the bytes over: copies them and overwrites the given array with zeros. */
  public static SecretBytes takeOver(byte[] source) {
    SecretBytes secret = allocate(source.length);
    MemorySegment.copy(source, 0, secret.bytes, ValueLayout.JAVA_BYTE, 0, source.length);
    Arrays.fill(source, (byte) 0);
    return secret;
  }

  /** A new random secret of {@code size} bytes. */
  public static SecretBytes random(int size, SecureRandom random) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return takeOver(bytes);
  }

  /** The number of bytes. */
  public int size() {
    return Math.toIntExact(bytes.byteSize());
  }

  /**
   * Lends a heap copy for the length of one call and overwrites it afterwards. The function must
   * not keep the array.
   *
   * @throws IllegalStateException when this secret has been closed
   */
  public <T extends @Nullable Object> T use(Function<byte[], T> function) {
    byte[] copy = heapCopy();
    try {
      return function.apply(copy);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  /**
   * A copy on the heap that the caller overwrites. For key objects that a cipher asks for their
   * bytes; everything else calls {@link #use}.
   *
   * @throws IllegalStateException when this secret has been closed
   */
  public synchronized byte[] heapCopy() {
    if (closed) {
      throw new IllegalStateException("the secret has been closed");
    }
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * An independent copy, with a lifetime of its own.
   *
   * @throws IllegalStateException when this secret has been closed
   */
  public SecretBytes copy() {
    return takeOver(heapCopy());
  }

  /**
   * Compares in a time that depends on the length alone.
   *
   * @throws IllegalStateException when this secret has been closed
   */
  public boolean sameAs(byte[] other) {
    return use(copy -> MessageDigest.isEqual(copy, other));
  }

  /** Overwrites the bytes with zeros and frees them. Closing twice is harmless. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      bytes.fill((byte) 0);
      release.run();
    }
  }

  /** Never the bytes. */
  @Override
  public String toString() {
    return "SecretBytes[" + bytes.byteSize() + " bytes]";
  }
}
