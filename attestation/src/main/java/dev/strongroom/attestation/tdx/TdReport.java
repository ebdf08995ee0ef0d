package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.List;
import java.util.Optional;

/**
 * What the TDX module says of a trust domain (Intel TDX DCAP Quoting Library API, "TD Quote Body").
 *
 * @param teeTcbSvn 16 security versions as of the domain's start: of the TDX module, its major
 *     version, of the microcode, then reserved ones
 * @param mrSeam measurement of the TDX module, 48 bytes
 * @param mrSignerSeam signer of the TDX module, 48 bytes; zeros for Intel's own
 * @param seamAttributes 8 bytes, little endian as in the report
 * @param attributes of the domain
 * @param xfam the extended features that it may use, 8 bytes, little endian as in the report
 * @param mrTd measurement of the domain's initial contents, 48 bytes
 * @param mrConfigId given by its owner, 48 bytes
 * @param mrOwner given by its owner, 48 bytes
 * @param mrOwnerConfig given by its owner, 48 bytes
 * @param rtmrs the four run-time measurement registers, 48 bytes each
 * @param reportData what the domain binds, 64 bytes
 * @param later what only the body of TDX 1.5 has
 */
public record TdReport(
    Bytes teeTcbSvn,
    Bytes mrSeam,
    Bytes mrSignerSeam,
    Bytes seamAttributes,
    TdAttributes attributes,
    Bytes xfam,
    Bytes mrTd,
    Bytes mrConfigId,
    Bytes mrOwner,
    Bytes mrOwnerConfig,
    List<Bytes> rtmrs,
    Bytes reportData,
    Optional<Tdx15> later) {
  /** The size of the body of TDX 1.0. */
  static final int SIZE_1_0 = 584;

  /** The size of the body of TDX 1.5. */
  static final int SIZE_1_5 = 648;

  private static final int MEASUREMENT = 48;

  /**
   * What TDX 1.5 adds.
   *
   * @param teeTcbSvn2 the security versions now, after updates that left the domain running
   * @param mrServiceTd hash of the service domains bound to this one, 48 bytes
   */
  public record Tdx15(Bytes teeTcbSvn2, Bytes mrServiceTd) {}

  public TdReport {
    rtmrs = List.copyOf(rtmrs);
  }

  static TdReport read(ByteReader body, boolean isTdx15) {
    Bytes teeTcbSvn = body.bytes(16, "TEE_TCB_SVN");
    Bytes mrSeam = body.bytes(MEASUREMENT, "MRSEAM");
    Bytes mrSignerSeam = body.bytes(MEASUREMENT, "MRSIGNERSEAM");
    Bytes seamAttributes = body.bytes(8, "SEAMATTRIBUTES");
    TdAttributes attributes = new TdAttributes(body.u64("TDATTRIBUTES"));
    Bytes xfam = body.bytes(8, "XFAM");
    Bytes mrTd = body.bytes(MEASUREMENT, "MRTD");
    Bytes mrConfigId = body.bytes(MEASUREMENT, "MRCONFIGID");
    Bytes mrOwner = body.bytes(MEASUREMENT, "MROWNER");
    Bytes mrOwnerConfig = body.bytes(MEASUREMENT, "MROWNERCONFIG");
    List<Bytes> rtmrs =
        List.of(
            body.bytes(MEASUREMENT, "RTMR0"),
            body.bytes(MEASUREMENT, "RTMR1"),
            body.bytes(MEASUREMENT, "RTMR2"),
            body.bytes(MEASUREMENT, "RTMR3"));
    Bytes reportData = body.bytes(64, "REPORTDATA");
    Optional<Tdx15> later =
        isTdx15
            ? Optional.of(
                new Tdx15(body.bytes(16, "TEE_TCB_SVN_2"), body.bytes(MEASUREMENT, "MRSERVICETD")))
            : Optional.empty();
    body.end();
    return new TdReport(
        teeTcbSvn,
        mrSeam,
        mrSignerSeam,
        seamAttributes,
        attributes,
        xfam,
        mrTd,
        mrConfigId,
        mrOwner,
        mrOwnerConfig,
        rtmrs,
        reportData,
        later);
  }
}
