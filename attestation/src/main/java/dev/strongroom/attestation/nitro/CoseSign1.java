package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A COSE_Sign1 (RFC 9052 section 4.2), tagged or not, signed with ES384: what a Nitro attestation
 * document comes in.
 *
 * @param protectedHeader its exact bytes: the map {@code {1: -35}}
 * @param payload its exact bytes
 * @param signature R and S, 48 bytes each
 */
public record CoseSign1(Bytes protectedHeader, Bytes payload, Bytes signature) {
  /** The most bytes that all of it may have. */
  static final int MAX_SIZE = 20_480;

  private static final int TAG = 18;
  private static final int PARTS = 4;
  private static final int MAX_HEADER = 64;
  private static final int MAX_PAYLOAD = 16_384;
  private static final int SIGNATURE_SIZE = 96;
  private static final long ALGORITHM = 1;
  private static final long ES384 = -35;

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED} or, for another algorithm than ES384, {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}
   */
  public static CoseSign1 parse(byte[] evidence) {
    if (evidence.length > MAX_SIZE) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "an attestation document has at most "
              + MAX_SIZE
              + " bytes with its signature, not "
              + evidence.length);
    }
    CborReader in = new CborReader(evidence, "COSE_Sign1");
    if (in.arrayMaybeTagged(TAG, PARTS, "COSE_Sign1") != PARTS) {
      throw CborReader.malformed("COSE_Sign1", "has not four parts");
    }
    byte[] protectedHeader = in.bytes(MAX_HEADER, "protected header");
    if (in.map(MAX_HEADER, "unprotected header") != 0) {
      throw CborReader.malformed("unprotected header", "is not empty: nothing in it is signed");
    }
    byte[] payload = in.bytes(MAX_PAYLOAD, "payload");
    byte[] signature = in.bytes(SIGNATURE_SIZE, "signature");
    in.end();
    requireEs384(protectedHeader);
    if (signature.length != SIGNATURE_SIZE) {
      throw CborReader.malformed("signature", "has " + signature.length + " bytes, not 96");
    }
    return new CoseSign1(Bytes.of(protectedHeader), Bytes.of(payload), Bytes.of(signature));
  }

  private static void requireEs384(byte[] protectedHeader) {
    CborReader in = new CborReader(protectedHeader, "protected header");
    if (in.map(MAX_HEADER, "protected header") != 1 || in.integer("header label") != ALGORITHM) {
      throw CborReader.malformed("protected header", "says something else than the algorithm");
    }
    long algorithm = in.integer("algorithm");
    in.end();
    if (algorithm != ES384) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the COSE algorithm is " + algorithm + ", and only ES384 (-35) is in use");
    }
  }

  /** What is signed: the Sig_structure (RFC 9052 section 4.4), without external data. */
  byte[] toBeSigned() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.size() + 64);
    out.write(0x84);
    byte[] context = "Signature1".getBytes(StandardCharsets.US_ASCII);
    out.write(0x60 | context.length);
    out.writeBytes(context);
    writeBytes(out, protectedHeader);
    out.write(0x40);
    writeBytes(out, payload);
    return out.toByteArray();
  }

  private static void writeBytes(ByteArrayOutputStream out, Bytes bytes) {
    int size = bytes.size();
    if (size < 24) {
      out.write(0x40 | size);
    } else if (size < 0x100) {
      out.write(0x58);
      out.write(size);
    } else {
      out.write(0x59);
      out.write(size >> 8);
      out.write(size);
    }
    out.writeBytes(bytes.array());
  }
}
