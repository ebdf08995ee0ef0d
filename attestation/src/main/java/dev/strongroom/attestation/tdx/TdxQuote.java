package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.Arrays;

/**
 * A quote of version 4 or 5, read and not yet verified (Intel TDX DCAP Quoting Library API,
 * appendix 3).
 *
 * <p>The quote ends where its length fields say. Interfaces that hand out a buffer of a fixed size
 * (the TDG.VP.VMCALL&lt;GetQuote&gt; of older kernels, some clouds) leave zeros behind it: zeros up
 * to {@link #MAX_SIZE} are passed over, anything else is refused. Inside the quote each length must
 * fit exactly.
 *
 * @param version 4 or 5
 * @param userData of the quoting enclave, 20 bytes; the first 16 are its identifier of the platform
 * @param report what the TDX module says of the domain
 * @param signed header, descriptor (version 5) and report: what the attestation key signs
 * @param signature of these, R and S, 64 bytes
 * @param attestationKey the point of the key, 64 bytes
 * @param certification what vouches for that key
 */
public record TdxQuote(
    int version,
    Bytes userData,
    TdReport report,
    Bytes signed,
    Bytes signature,
    Bytes attestationKey,
    QeCertification certification) {
  /** The largest that is read, in bytes: the buffer that Linux gives to a quote. */
  public static final int MAX_SIZE = 128 << 10;

  private static final int VERSION_4 = 4;
  private static final int VERSION_5 = 5;
  private static final int ECDSA_P256 = 2;
  private static final long TEE_TDX = 0x81;
  private static final int BODY_TDX_1_0 = 2;
  private static final int BODY_TDX_1_5 = 3;
  private static final Bytes INTEL = Bytes.ofHex("939a7233f79c4ca9940a0db3957f0607");

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED}, {@link AttestationCode#VERSION_UNKNOWN}, {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}, {@link AttestationCode#QUOTING_ENCLAVE_UNKNOWN} for a
   *     quoting enclave of another vendor than Intel
   */
  public static TdxQuote parse(byte[] evidence) {
    if (evidence.length > MAX_SIZE) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "a quote has at most " + MAX_SIZE + " bytes, this one " + evidence.length);
    }
    ByteReader in = ByteReader.littleEndian(evidence, "quote");
    int version = version(in);
    Bytes userData = header(in);
    boolean isTdx15 = version == VERSION_5 && isTdx15(in);
    int size = isTdx15 ? TdReport.SIZE_1_5 : TdReport.SIZE_1_0;
    TdReport report = TdReport.read(in.part(size, "body"), isTdx15);
    Bytes signed = Bytes.of(Arrays.copyOf(evidence, in.position()));
    ByteReader section = in.part(in.u32("size of the signature data"), "signature data");
    Bytes signature = section.bytes(64, "signature");
    Bytes attestationKey = section.bytes(64, "attestation key");
    QeCertification certification = QeCertification.read(section);
    section.end();
    requirePadding(in);
    return new TdxQuote(
        version, userData, report, signed, signature, attestationKey, certification);
  }

  private static int version(ByteReader in) {
    int version = in.u16("version");
    if (version != VERSION_4 && version != VERSION_5) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "quotes of the versions 4 and 5 are known, not of " + version);
    }
    return version;
  }

  private static Bytes header(ByteReader in) {
    int keyType = in.u16("attestation key type");
    if (keyType != ECDSA_P256) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "attestation keys are known of the type 2 (ECDSA on P-256), not of " + keyType);
    }
    long tee = in.u32("TEE type");
    if (tee != TEE_TDX) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the TEE type of a TDX quote is 0x81, this one has 0x" + Long.toHexString(tee));
    }
    in.skip(4, "reserved"); // SVNs of QE and PCE in quotes of version 3; signed, without meaning
    Bytes vendor = in.bytes(16, "QE vendor id");
    if (!vendor.equals(INTEL)) {
      throw new AttestationException(
          AttestationCode.QUOTING_ENCLAVE_UNKNOWN,
          "the vendor of the quoting enclave is not Intel: " + vendor);
    }
    return in.bytes(20, "user data");
  }

  /** Reads the descriptor of the body, which version 5 brought. */
  private static boolean isTdx15(ByteReader in) {
    int type = in.u16("body type");
    if (type != BODY_TDX_1_0 && type != BODY_TDX_1_5) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "bodies are known of the types 2 (TDX 1.0) and 3 (TDX 1.5), not of " + type);
    }
    long size = in.u32("size of the body");
    int wanted = type == BODY_TDX_1_5 ? TdReport.SIZE_1_5 : TdReport.SIZE_1_0;
    if (size != wanted) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "a body of type " + type + " has " + wanted + " bytes, this one announces " + size);
    }
    return type == BODY_TDX_1_5;
  }

  private static void requirePadding(ByteReader in) {
    int remaining = in.remaining();
    if (!in.bytes(remaining, "padding").isZero()) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_TRAILING_BYTES,
          "the quote has "
              + remaining
              + " bytes after its end that are not all zero; hand it in as it came");
    }
  }
}
