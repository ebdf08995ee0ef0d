package dev.strongroom.delivery.attest.tpm;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * How an attestation key signs, as the tools want it named: they do not look it up themselves, and
 * the TPM refuses another than the key's own.
 *
 * @param name {@code rsassa}, {@code rsapss} or {@code ecdsa}
 * @param hash {@code sha256} or {@code sha384}
 */
record AkScheme(String name, String hash) {
  private static final int NULL = 0x0010;

  /**
   * Reads it from a TPM2B_PUBLIC (TPM 2.0 Library, part 2, section 12.2).
   *
   * @throws dev.strongroom.core.problem.Problem when the key signs with no scheme of its own that a
   *     verifier takes
   */
  static AkScheme of(byte[] akPublic) {
    try {
      ByteBuffer in = ByteBuffer.wrap(akPublic);
      int _ = u16(in); // size
      int _ = u16(in); // type
      int _ = u16(in); // nameAlg
      int _ = in.getInt(); // objectAttributes
      int policy = u16(in);
      in.position(in.position() + policy);
      if (u16(in) != NULL) {
        throw unfit("it encrypts");
      }
      return new AkScheme(name(u16(in)), hash(u16(in)));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw TpmTools.unavailable("the public area of the attestation key cannot be read", e);
    }
  }

  private static int u16(ByteBuffer in) {
    return Short.toUnsignedInt(in.getShort());
  }

  private static String name(int id) {
    return switch (id) {
      case 0x0014 -> "rsassa";
      case 0x0016 -> "rsapss";
      case 0x0018 -> "ecdsa";
      default -> throw unfit("it has no signing scheme of its own");
    };
  }

  private static String hash(int id) {
    return switch (id) {
      case 0x000b -> "sha256";
      case 0x000c -> "sha384";
      default -> throw unfit("it signs with another hash than SHA-256 and SHA-384");
    };
  }

  private static RuntimeException unfit(String why) {
    return TpmTools.unavailable(
        "the key is no attestation key that a key service takes, because "
            + why
            + ": make one with strongroom attest enrol",
        null);
  }
}
