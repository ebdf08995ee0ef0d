package dev.strongroom.attestation.nitro;

import java.util.Arrays;

/**
 * The versioned envelope (SCALE) that the dstack project keeps attestation documents in. Only the
 * document in it is signed; what follows it is another project's and is not read. For tools that
 * are handed such a file: {@link NitroVerifier} takes documents alone.
 */
public final class DstackEnvelope {
  private static final int VERSION = 0;
  private static final int NITRO = 2;
  private static final int HEADER = 4;

  private DstackEnvelope() {}

  /** The document in the envelope; the same bytes when they are no such envelope. */
  public static byte[] document(byte[] file) {
    // The length is a SCALE compact number of two bytes, which ends in the bits 01.
    if (file.length < HEADER
        || file[0] != VERSION
        || file[1] != NITRO
        || (file[2] & 0b11) != 0b01) {
      return file;
    }
    int size = (Byte.toUnsignedInt(file[2]) | Byte.toUnsignedInt(file[3]) << 8) >> 2;
    return file.length < HEADER + size ? file : Arrays.copyOfRange(file, HEADER, HEADER + size);
  }
}
