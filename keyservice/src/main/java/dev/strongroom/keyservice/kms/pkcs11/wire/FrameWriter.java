package dev.strongroom.keyservice.kms.pkcs11.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes messages as frames: length (4 bytes) of what follows; id (8), code (1), number of fields
 * (1), each field with its length (4), and zeros to fill. Big-endian. Thread-safe.
 */
public final class FrameWriter {
  /**
   * The buffers of the JDK's process streams have this size, and are not ours to wipe. A frame of
   * at least this size passes them by.
   */
  static final int BUFFER_BYTES = 8192;

  private static final int HEAD_BYTES = 4 + 8 + 1 + 1;

  private final OutputStream out;

  public FrameWriter(OutputStream out) {
    this.out = out;
  }

  /** Writes and flushes; what was copied here to write it is overwritten. */
  public void write(Message message) throws IOException {
    write(message, 0);
  }

  /** Writes past the buffer of a process stream. */
  public void writePastBuffer(Message message) throws IOException {
    write(message, BUFFER_BYTES);
  }

  private void write(Message message, int leastBytes) throws IOException {
    int size = HEAD_BYTES;
    for (byte[] field : message.fields()) {
      size += 4 + field.length;
    }
    byte[] frame = new byte[Math.max(size, leastBytes)];
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    buffer.putInt(frame.length - 4).putLong(message.id());
    buffer.put((byte) message.code()).put((byte) message.fields().size());
    for (byte[] field : message.fields()) {
      buffer.putInt(field.length).put(field);
    }
    try {
      synchronized (this) {
        out.write(frame);
        out.flush();
      }
    } finally {
      Arrays.fill(frame, (byte) 0);
    }
  }
}
