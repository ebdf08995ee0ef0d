package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;

/**
 * The report of an SGX enclave, here of the quoting enclave (Intel TDX DCAP Quoting Library API,
 * "Enclave Report Body").
 *
 * @param cpuSvn 16 bytes
 * @param miscSelect 4 bytes, little endian as in the report
 * @param attributes 16 bytes
 * @param mrEnclave 32 bytes
 * @param mrSigner 32 bytes
 * @param isvProdId product of its signer
 * @param isvSvn security version that its signer gave
 * @param reportData 64 bytes
 * @param signed the report whole, as it is signed
 */
public record EnclaveReport(
    Bytes cpuSvn,
    Bytes miscSelect,
    Bytes attributes,
    Bytes mrEnclave,
    Bytes mrSigner,
    int isvProdId,
    int isvSvn,
    Bytes reportData,
    Bytes signed) {
  static final int SIZE = 384;

  private static final int DEBUG = 2;

  static EnclaveReport read(byte[] signed) {
    ByteReader in = ByteReader.littleEndian(signed, "report of the quoting enclave");
    Bytes cpuSvn = in.bytes(16, "CPUSVN");
    Bytes miscSelect = in.bytes(4, "MISCSELECT");
    in.skip(28, "reserved");
    Bytes attributes = in.bytes(16, "ATTRIBUTES");
    Bytes mrEnclave = in.bytes(32, "MRENCLAVE");
    in.skip(32, "reserved");
    Bytes mrSigner = in.bytes(32, "MRSIGNER");
    in.skip(96, "reserved");
    int isvProdId = in.u16("ISVPRODID");
    int isvSvn = in.u16("ISVSVN");
    in.skip(60, "reserved");
    Bytes reportData = in.bytes(64, "REPORTDATA");
    in.end();
    return new EnclaveReport(
        cpuSvn,
        miscSelect,
        attributes,
        mrEnclave,
        mrSigner,
        isvProdId,
        isvSvn,
        reportData,
        Bytes.of(signed));
  }

  /** Whether its host can debug the enclave (ATTRIBUTES.DEBUG). */
  boolean debug() {
    return (attributes.array()[0] & DEBUG) != 0;
  }
}
