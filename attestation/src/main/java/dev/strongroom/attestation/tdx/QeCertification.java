package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What vouches for an attestation key: the report of the quoting enclave that made it, signed by
 * the platform's PCK (Intel TDX DCAP Quoting Library API, "QE Report Certification Data", type 6,
 * with a PCK chain, type 5, in it).
 *
 * @param report of the quoting enclave
 * @param signature of the report by the PCK, R and S, 64 bytes
 * @param authenticationData what the report binds beside the attestation key
 * @param chain the PCK's certificate first, then those that issued it
 */
public record QeCertification(
    EnclaveReport report, Bytes signature, Bytes authenticationData, List<X509Certificate> chain) {
  private static final int QE_REPORT = 6;
  private static final int PCK_CHAIN = 5;

  public QeCertification {
    chain = List.copyOf(chain);
  }

  static QeCertification read(ByteReader in) {
    ByteReader outer = data(in, QE_REPORT, "a report of the quoting enclave");
    EnclaveReport report =
        EnclaveReport.read(outer.array(EnclaveReport.SIZE, "report of the quoting enclave"));
    Bytes signature = outer.bytes(64, "signature of the quoting enclave's report");
    Bytes authenticationData =
        outer.bytes(outer.u16("size of the authentication data"), "authentication data");
    ByteReader inner = data(outer, PCK_CHAIN, "a PCK chain");
    outer.end();
    byte[] pem = inner.array(inner.remaining(), "PCK chain");
    return new QeCertification(report, signature, authenticationData, PckChainPem.parse(pem));
  }

  private static ByteReader data(ByteReader in, int wanted, String meaning) {
    int type = in.u16("certification data type");
    if (type != wanted) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "certification data of type "
              + wanted
              + " ("
              + meaning
              + ") is needed, not "
              + type
              + "; set the platform's quote provider to put the PCK chain into quotes");
    }
    return in.part(in.u32("size of the certification data"), "certification data");
  }
}
