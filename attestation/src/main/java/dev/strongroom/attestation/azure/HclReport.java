package dev.strongroom.attestation.azure;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;

/**
 * What the paravisor keeps in the NV index 0x01400001 of its virtual TPM: a hardware report, and
 * the runtime data whose SHA-256 that report carries (Microsoft, Confidential VM Guest Attestation
 * Design Detail, Attestation Report Format). Little endian. The index is larger than that: zeros
 * behind it are not part of it, and anything else is refused.
 *
 * @param snpReport as the processor signed it, with its padding
 * @param runtimeData JSON, as it was digested
 */
record HclReport(Bytes snpReport, Bytes runtimeData) {
  private static final int MAX_BYTES = 16 << 10;
  private static final long MAGIC = 0x414c4348L; // "HCLA"
  private static final int HEADER_BYTES = 32;
  private static final int REPORT_BYTES = 1184;
  private static final int DATA_HEADER_BYTES = 20;
  private static final int VERSION_MAX = 2;
  private static final int REQUEST_ATTESTATION = 2;
  private static final int TYPE_SNP = 2;
  private static final int HASH_SHA256 = 1;

  /**
   * Reads it whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_OVERSIZED}, {@link
   *     AttestationCode#EVIDENCE_TRUNCATED}, {@link AttestationCode#EVIDENCE_TRAILING_BYTES},
   *     {@link AttestationCode#EVIDENCE_MALFORMED}, {@link AttestationCode#VERSION_UNKNOWN} or
   *     {@link AttestationCode#ALGORITHM_UNKNOWN}
   */
  static HclReport parse(Bytes encoded) {
    if (encoded.size() > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "an HCL report has " + encoded.size() + " bytes; at most " + MAX_BYTES + " are read");
    }
    ByteReader reader = ByteReader.littleEndian(encoded.array(), "HCL report");
    long size = header(reader);
    Bytes report = reader.bytes(REPORT_BYTES, "hardware report");
    long dataSize = reader.u32("dataSize");
    requireVersion("runtime data", reader.u32("version of the runtime data"), 1);
    require("hardware report type", reader.u32("reportType"), TYPE_SNP);
    requireSha256(reader.u32("hashType"));
    long claims = reader.u32("claimsSize");
    require("dataSize", dataSize, DATA_HEADER_BYTES + claims);
    // Version 2 is documented to count the hardware report, and version 1 counts the whole.
    require(
        "reportSize", size, size == REPORT_BYTES ? size : HEADER_BYTES + REPORT_BYTES + dataSize);
    Bytes runtimeData = reader.bytes(claims, "runtime claims");
    requireZeros(reader.bytes(reader.remaining(), "padding"));
    return new HclReport(report, runtimeData);
  }

  private static long header(ByteReader reader) {
    require("signature", reader.u32("signature"), MAGIC);
    requireVersion("report", reader.u32("version"), VERSION_MAX);
    long size = reader.u32("reportSize");
    require("requestType", reader.u32("requestType"), REQUEST_ATTESTATION);
    require("status", reader.u32("status"), 0);
    if (!reader.bytes(12, "reserved").isZero()) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the HCL report has reserved bytes that are not zero");
    }
    return size;
  }

  private static void require(String field, long found, long wanted) {
    if (found != wanted) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the HCL report has 0x%x for %s, not 0x%x".formatted(found, field, wanted));
    }
  }

  private static void requireVersion(String what, long found, int newest) {
    if (found < 1 || found > newest) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN, "the HCL " + what + " is of the version " + found);
    }
  }

  private static void requireSha256(long hashType) {
    if (hashType != HASH_SHA256) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the runtime data of the HCL report is digested with the hash type "
              + hashType
              + "; SHA-256 (1) is taken");
    }
  }

  private static void requireZeros(Bytes padding) {
    if (!padding.isZero()) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_TRAILING_BYTES,
          "the HCL report has bytes behind it that are no padding");
    }
  }
}
