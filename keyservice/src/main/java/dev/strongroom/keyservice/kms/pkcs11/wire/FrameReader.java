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
  private static final int MAX_FRAME_BYTES = 64 * 1024;
  private static final int HEAD_BYTES = 8 + 1 + 1;

  private final InputStream in;
  // Reading this much at a time goes past the buffer of a process stream.
  private final byte[] buffer = new byte[4 + MAX_FRAME_BYTES + FrameWriter.BUFFER_BYTES];
  private int from;
  private int to;

  public FrameReader(InputStream in) {
    this.in = in;
  }

  /**
   * Waits for the next message.
   *
   * @return null when the stream ended between two frames
   * @throws IOException when it cannot be read, ended within a frame, or holds something else
   */
  public synchronized @Nullable Message next() throws IOException {
    while (to - from < 4) {
      if (!fill()) {
        if (to > from) {
          throw new EOFException("the stream ended within a frame");
        }
        return null;
      }
    }
    int length = ByteBuffer.wrap(buffer, from, 4).getInt();
    if (length < HEAD_BYTES || length > MAX_FRAME_BYTES) {
      throw new IOException("the stream does not hold frames");
    }
    while (to - from < 4 + length) {
      if (!fill()) {
        throw new EOFException("the stream ended within a frame");
      }
    }
    Message message = message(ByteBuffer.wrap(buffer, from + 4, length));
    Arrays.fill(buffer, from, from + 4 + length, (byte) 0);
    from += 4 + length;
    if (from == to) {
      from = 0;
      to = 0;
    }
    return message;
  }

  private boolean fill() throws IOException {
    if (buffer.length - to < FrameWriter.BUFFER_BYTES) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      Arrays.fill(buffer, to - from, to, (byte) 0);
      to -= from;
      from = 0;
    }
    int count = in.read(buffer, to, FrameWriter.BUFFER_BYTES);
    to += Math.max(count, 0);
    return count > 0;
  }

  private static Message message(ByteBuffer frame) throws IOException {
    long id = frame.getLong();
    int code = frame.get() & 0xff;
    int count = frame.get() & 0xff;
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
