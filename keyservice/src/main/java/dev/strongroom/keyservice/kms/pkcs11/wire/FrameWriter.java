package dev.strongroom.keyservice.kms.pkcs11.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Writes messages as frames: length (4 bytes) of what follows; id (8), code (1), number of fields
 * (2), each field with its length (4), and zeros to fill. Big-endian. Thread-safe.
 */
public final class FrameWriter {
  /**
   * The buffers of the JDK's process streams have this size, and are not ours to wipe. A frame of
   * at least this size passes them by.
   */
  static final int BUFFER_BYTES = 8192;

  /** Of what follows the length. */
  static final int MAX_FRAME_BYTES = 64 * 1024;

  /** More than the longest message has: {@link Request#OPEN} with every version that may be. */
  static final int MAX_FIELDS = 2048;

  private static final int HEAD_BYTES = 4 + 8 + 1 + 2;

  private final OutputStream out;

  public FrameWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes and flushes; what was copied here to write it is overwritten.
   *
   * @throws IllegalArgumentException when the message is too large for a frame; nothing is written
   */
  public void write(Message message) throws IOException {
    write(message, 0);
  }

  /** Writes past the buffer of a process stream. */
  public void writePastBuffer(Message message) throws IOException {
    write(message, BUFFER_BYTES);
  }

  private void write(Message message, int leastBytes) throws IOException {
    byte[] frame = frame(message, leastBytes);
    try {
      send(frame, frame.length);
    } finally {
      Arrays.fill(frame, (byte) 0);
    }
  }

  /** Writes several with one call of the system. */
  public void write(List<Message> messages) throws IOException {
    List<byte[]> frames = messages.stream().map(each -> frame(each, 0)).toList();
    byte[] all = new byte[frames.stream().mapToInt(frame -> frame.length).sum()];
    try {
      int at = 0;
      for (byte[] frame : frames) {
        System.arraycopy(frame, 0, all, at, frame.length);
        at += frame.length;
      }
      send(all, at);
    } finally {
      frames.forEach(frame -> Arrays.fill(frame, (byte) 0));
      Arrays.fill(all, (byte) 0);
    }
  }

  private synchronized void send(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
    out.flush();
  }

  private static byte[] frame(Message message, int leastBytes) {
    int size = HEAD_BYTES;
    for (byte[] field : message.fields()) {
      size += 4 + field.length;
    }
    if (size - 4 > MAX_FRAME_BYTES || message.fields().size() > MAX_FIELDS) {
      throw new IllegalArgumentException(
          "a message of "
              + size
              + " bytes in "
              + message.fields().size()
              + " fields does not fit into a frame");
    }
    byte[] frame = new byte[Math.max(size, leastBytes)];
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    buffer.putInt(frame.length - 4).putLong(message.id());
    buffer.put((byte) message.code()).putShort((short) message.fields().size());
    for (byte[] field : message.fields()) {
      buffer.putInt(field.length).put(field);
    }
    return frame;
  }
}
