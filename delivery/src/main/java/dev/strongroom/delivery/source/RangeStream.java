package dev.strongroom.delivery.source;

/**
 * The bytes of one range, in order. For one thread; only {@link #close} may be called by another,
 * to end a read that waits.
 */
public interface RangeStream extends AutoCloseable {
  /**
   * Reads the next bytes. A source that can read again what failed does so here, within its limits.
   *
   * @throws dev.strongroom.core.problem.Problem {@code source-unavailable} after the last attempt,
   *     {@code source-misbehaved} for an answer that is not the range asked for, {@code
   *     object-changed} when the object is not the one that was published, {@code
   *     ciphertext-length-mismatch} when its size is another, {@code url-expired} when the right to
   *     read could not be renewed
   * @throws IndexOutOfBoundsException beyond the end of the range
   */
  void readFully(byte[] into, int at, int length);

  /** Ends the reading and frees what it holds. */
  @Override
  void close();
}
