package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;

/**
 * What a TPM signs: TPMS_ATTEST of the type TPM_ST_ATTEST_QUOTE, Part 2 section 10.12.12.
 *
 * @param qualifiedSigner the Qualified Name of the key that signed
 * @param extraData what the caller of TPM2_Quote gave: the binding
 * @param clock milliseconds that the TPM was powered
 * @param resetCount how often it was reset
 * @param restartCount how often it was restarted or resumed since
 * @param safe whether no later clock can have been reported before
 * @param firmwareVersion of the TPM, as its maker counts; unsigned
 * @param selection which PCRs
 * @param pcrDigest over their values
 */
public record Quote(
    Bytes qualifiedSigner,
    Bytes extraData,
    long clock,
    long resetCount,
    long restartCount,
    boolean safe,
    long firmwareVersion,
    PcrSelection selection,
    Bytes pcrDigest) {
  /** The longest that is read, in bytes. */
  public static final int MAX_BYTES = 1024;

  private static final long MAX_CLOCK = (1L << 53) - 1;
  private static final long TPM_GENERATED = 0xff544347L;
  private static final int TPM_ST_ATTEST_QUOTE = 0x8018;

  /**
   * Reads it whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED}, or {@link AttestationCode#ALGORITHM_UNKNOWN}
   *     for a bank of PCRs
   */
  public static Quote parse(Bytes encoded) {
    if (encoded.size() > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "a quote has " + encoded.size() + " bytes; at most " + MAX_BYTES + " are read");
    }
    ByteReader reader = ByteReader.bigEndian(encoded.array(), "quote");
    require("magic", reader.u32("magic"), TPM_GENERATED);
    require("type", reader.u16("type"), TPM_ST_ATTEST_QUOTE);
    Bytes qualifiedSigner = reader.bytes(reader.u16("qualifiedSigner size"), "qualifiedSigner");
    Bytes extraData = reader.bytes(reader.u16("extraData size"), "extraData");
    Quote quote =
        new Quote(
            qualifiedSigner,
            extraData,
            clock(reader.u64("clock")),
            reader.u32("resetCount"),
            reader.u32("restartCount"),
            truth(reader.u8("safe")),
            reader.u64("firmwareVersion"),
            PcrSelection.read(reader),
            reader.bytes(reader.u16("pcrDigest size"), "pcrDigest"));
    reader.end();
    return quote;
  }

  private static void require(String field, long found, long wanted) {
    if (found != wanted) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "what was signed is no quote of a TPM: its %s is 0x%x, not 0x%x"
              .formatted(field, found, wanted));
    }
  }

  // Its owner may set a clock forward without bound; claims are numbers that JSON keeps exact.
  private static long clock(long milliseconds) {
    if (milliseconds < 0 || milliseconds > MAX_CLOCK) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the clock of a quote is at "
              + Long.toUnsignedString(milliseconds)
              + " ms, which no TPM has been powered for");
    }
    return milliseconds;
  }

  private static boolean truth(int value) {
    if (value > 1) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED, "the clock of a quote has " + value + " for safe");
    }
    return value == 1;
  }
}
