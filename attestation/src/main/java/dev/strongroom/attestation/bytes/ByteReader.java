package dev.strongroom.attestation.bytes;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads bytes from front to back. What is not there is {@link AttestationCode#EVIDENCE_TRUNCATED},
 * and nothing is allocated for a length before its bytes are known to be there.
 */
public final class ByteReader {
  private final ByteBuffer buffer;
  private final String what;

  private ByteReader(ByteBuffer buffer, String what) {
    this.buffer = buffer;
    this.what = what;
  }

  /**
   * Little endian: SEV-SNP, TDX, SPDM.
   *
   * @param what it is, for messages: {@code report}
   */
  public static ByteReader littleEndian(byte[] bytes, String what) {
    return new ByteReader(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), what);
  }

  /** Big endian: TPM structures. */
  public static ByteReader bigEndian(byte[] bytes, String what) {
    return new ByteReader(ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN), what);
  }

  public int u8(String field) {
    require(1, field);
    return Byte.toUnsignedInt(buffer.get());
  }

  public int u16(String field) {
    require(2, field);
    return Short.toUnsignedInt(buffer.getShort());
  }

  /** Three bytes: SPDM's length of a measurement record. */
  public int u24(String field) {
    require(3, field);
    int first = Byte.toUnsignedInt(buffer.get());
    int second = Byte.toUnsignedInt(buffer.get());
    int third = Byte.toUnsignedInt(buffer.get());
    return buffer.order() == ByteOrder.LITTLE_ENDIAN
        ? first | second << 8 | third << 16
        : first << 16 | second << 8 | third;
  }

  public long u32(String field) {
    require(4, field);
    return Integer.toUnsignedLong(buffer.getInt());
  }

  /** The 64 bits; a value above {@link Long#MAX_VALUE} is negative. */
  public long u64(String field) {
    require(8, field);
    return buffer.getLong();
  }

  /**
   * So many bytes.
   *
   * @param count as a length field gave it; more than there are is a refusal
   */
  public byte[] array(long count, String field) {
    require(count, field);
    byte[] bytes = new byte[(int) count];
    buffer.get(bytes);
    return bytes;
  }

  /** As {@link #array}. */
  public Bytes bytes(long count, String field) {
    return Bytes.of(array(count, field));
  }

  /** A reader of the next bytes alone, of the same order. */
  public ByteReader part(long count, String field) {
    require(count, field);
    ByteBuffer part = buffer.slice(buffer.position(), (int) count).order(buffer.order());
    buffer.position(buffer.position() + (int) count);
    return new ByteReader(part, field);
  }

  /** Passes by bytes that have no meaning here. */
  public void skip(long count, String field) {
    require(count, field);
    buffer.position(buffer.position() + (int) count);
  }

  /** Bytes read so far. */
  public int position() {
    return buffer.position();
  }

  public int remaining() {
    return buffer.remaining();
  }

  /**
   * Ends.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRAILING_BYTES} when there is more
   */
  public void end() {
    if (buffer.hasRemaining()) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_TRAILING_BYTES,
          "the " + what + " has " + buffer.remaining() + " bytes after its end");
    }
  }

  private void require(long count, String field) {
    if (count < 0 || count > buffer.remaining()) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_TRUNCATED,
          "the "
              + what
              + " has "
              + buffer.remaining()
              + " bytes left at its offset "
              + buffer.position()
              + ", where its "
              + field
              + " wants "
              + Long.toUnsignedString(count));
    }
  }
}
