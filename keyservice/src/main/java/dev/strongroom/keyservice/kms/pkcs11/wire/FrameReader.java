package dev.strongroom.keyservice.kms.pkcs11.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames as {@link FrameWriter} writes them. What was read is overwritten once a message is
 * made of it. Thread-safe: several readers get one message each.
 */
public final class FrameReader {
  private static final int HEAD_BYTES = 8 + 1 + 2;

  private final InputStream in;
  private final long spinNanos;
  // Reading this much at a time goes past the buffer of a process stream.
  private final byte[] buffer =
      new byte[4 + FrameWriter.MAX_FRAME_BYTES + FrameWriter.BUFFER_BYTES];
  private int from;
  private int to;
  private boolean spins;

  /** Of a stream that is waited for asleep. */
  public FrameReader(InputStream in) {
    this(in, 0);
  }

  /**
   * @param spinNanos for how long the stream is looked at again and again before it is waited for
   *     asleep: where the last bytes came as soon as that, the next do, and to be woken would take
   *     longer
   */
  public FrameReader(InputStream in, long spinNanos) {
    this.in = in;
    this.spinNanos = spinNanos;
  }

  /**
   * Waits for the next message.
   *
   * @return null when the stream ended between two frames
   * @throws IOException when it cannot be read, ended within a frame, or holds something else
   */
  public synchronized @Nullable Message next() throws IOException {
    while (!isWhole()) {
      lookOut();
      if (!fill()) {
        if (to > from) {
          throw new EOFException("the stream ended within a frame");
        }
        return null;
      }
    }
    return take();
  }

  /**
   * The next message, where all of it is there already.
   *
   * @return null where it is not
   * @throws IOException when the stream cannot be read or holds something else
   */
  public synchronized @Nullable Message poll() throws IOException {
    while (!isWhole()) {
      if (in.available() == 0 || !fill()) {
        return null;
      }
    }
    return take();
  }

  /** Whether the next message has been read from the stream already. */
  public synchronized boolean isAhead() throws IOException {
    return isWhole();
  }

  private boolean isWhole() throws IOException {
    if (to - from < 4) {
      return false;
    }
    int length = length();
    if (length < HEAD_BYTES || length > FrameWriter.MAX_FRAME_BYTES) {
      throw new IOException("the stream does not hold frames");
    }
    return to - from >= 4 + length;
  }

  private int length() {
    return ByteBuffer.wrap(buffer, from, 4).getInt();
  }

  private Message take() throws IOException {
    int length = length();
    Message message = message(ByteBuffer.wrap(buffer, from + 4, length));
    Arrays.fill(buffer, from, from + 4 + length, (byte) 0);
    from += 4 + length;
    if (from == to) {
      from = 0;
      to = 0;
    }
    return message;
  }

  // Yields meanwhile: who has work to do does it.
  @SuppressWarnings("ThreadPriorityCheck")
  private void lookOut() throws IOException {
    long until = System.nanoTime() + spinNanos;
    while (spins && in.available() == 0) {
      Thread.yield();
      spins = System.nanoTime() - until < 0;
    }
  }

  private boolean fill() throws IOException {
    if (buffer.length - to < FrameWriter.BUFFER_BYTES) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      Arrays.fill(buffer, to - from, to, (byte) 0);
      to -= from;
      from = 0;
    }
    long began = spinNanos == 0 ? 0 : System.nanoTime();
    int count = in.read(buffer, to, FrameWriter.BUFFER_BYTES);
    spins = spinNanos > 0 && System.nanoTime() - began < spinNanos;
    to += Math.max(count, 0);
    return count > 0;
  }

  private static Message message(ByteBuffer frame) throws IOException {
    long id = frame.getLong();
    int code = frame.get() & 0xff;
    int count = frame.getShort() & 0xffff;
    if (count > FrameWriter.MAX_FIELDS) {
      throw new IOException("a frame has more fields than any message");
    }
    List<byte[]> fields = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int size = frame.remaining() < 4 ? -1 : frame.getInt();
      if (size < 0 || size > frame.remaining()) {
        throw new IOException("a frame is cut short");
      }
      byte[] field = new byte[size];
      frame.get(field);
      fields.add(field);
    }
    return new Message(id, code, List.copyOf(fields));
  }
}
