package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tdx.TcbInfo.Level;
import dev.strongroom.attestation.tdx.TcbInfo.ModuleIdentity;
import dev.strongroom.attestation.tdx.TcbInfo.ModuleRule;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the levels that a platform, its TDX module and its quoting enclave reach (Provisioning
 * Certification Service API version 4, "TCB Info V3": how to determine the TCB status). What
 * reaches no level is refused as {@link AttestationCode#TCB_REVOKED}.
 *
 * <p>A domain is judged by TEE_TCB_SVN, the versions at its start. A module that was updated under
 * the running domain (TEE_TCB_SVN_2) does not make up for a start under an older one.
 */
final class TcbAppraiser {
  private static final int MODULE_SVN = 0;
  private static final int MODULE_VERSION = 1;
  private static final int AFTER_MODULE = 2;

  private TcbAppraiser() {}

  /**
   * Judges by what collateral there is.
   *
   * @throws AttestationException {@link AttestationCode#TCB_REVOKED} when something reaches no
   *     level, {@link AttestationCode#MEASUREMENT_MISMATCH} for another TDX module than Intel's,
   *     {@link AttestationCode#QUOTING_ENCLAVE_UNKNOWN}
   */
  static TcbAppraisal appraise(
      TdxQuote quote, PckIdentity platform, Optional<TcbInfo> info, Optional<QeIdentity> identity) {
    TdReport report = quote.report();
    List<Collateral> documents =
        Stream.<Optional<? extends Collateral>>of(info, identity)
            .<Collateral>flatMap(Optional::stream)
            .toList();
    return new TcbAppraisal(
        info.map(given -> platform(report, platform, given)),
        info.flatMap(given -> module(report, given)),
        identity.map(given -> quotingEnclave(quote.certification().report(), given)),
        documents.stream().map(Collateral::tcbEvaluationDataNumber).min(Integer::compare),
        documents.stream().map(Collateral::nextUpdate).min(Instant::compareTo));
  }

  /** The verdict on processor, microcode and PCE, and on a module of major version 0. */
  private static TcbVerdict platform(TdReport report, PckIdentity platform, TcbInfo info) {
    byte[] tdx = report.teeTcbSvn().array();
    int from = tdx[MODULE_VERSION] == 0 ? 0 : AFTER_MODULE;
    for (Level level : info.levels()) {
      if (reaches(platform.componentSvns(), level.sgxSvns(), 0)
          && platform.pceSvn() >= level.pceSvn()
          && reaches(report.teeTcbSvn(), level.tdxSvns(), from)) {
        return level.verdict();
      }
    }
    throw unlisted(
        "the platform's security versions reach no level of the TCB info: components "
            + platform.componentSvns()
            + ", PCE "
            + platform.pceSvn()
            + ", TDX "
            + report.teeTcbSvn());
  }

  /** The verdict on the TDX module; empty for the major version 0, which the platform's covers. */
  private static Optional<TcbVerdict> module(TdReport report, TcbInfo info) {
    byte[] tdx = report.teeTcbSvn().array();
    if (tdx[MODULE_VERSION] == 0) {
      requireModule(report, info.module());
      return Optional.empty();
    }
    String id = "TDX_" + HexFormat.of().toHexDigits(tdx[MODULE_VERSION]).toUpperCase(Locale.ROOT);
    ModuleIdentity identity =
        info.modules().stream()
            .filter(each -> each.id().equalsIgnoreCase(id))
            .findFirst()
            .orElseThrow(() -> unlisted("the TCB info does not list the TDX module " + id));
    requireModule(report, identity.rule());
    int svn = Byte.toUnsignedInt(tdx[MODULE_SVN]);
    return Optional.of(
        IsvLevel.reached(identity.levels(), svn)
            .orElseThrow(() ->
                unlisted(
                    "the security version "
                        + svn
                        + " of the TDX module "
                        + id
                        + " reaches no level")));
  }

  private static TcbVerdict quotingEnclave(EnclaveReport report, QeIdentity identity) {
    if (!report.mrSigner().equals(identity.mrSigner())
        || report.isvProdId() != identity.isvProdId()
        || !matches(report.miscSelect(), identity.miscSelect(), identity.miscSelectMask())
        || !matches(report.attributes(), identity.attributes(), identity.attributesMask())) {
      throw new AttestationException(
          AttestationCode.QUOTING_ENCLAVE_UNKNOWN,
          "the quoting enclave is not the one that Intel names: signer "
              + report.mrSigner()
              + ", product "
              + report.isvProdId()
              + ", MISCSELECT "
              + report.miscSelect()
              + ", attributes "
              + report.attributes());
    }
    return IsvLevel.reached(identity.levels(), report.isvSvn())
        .orElseThrow(() ->
            unlisted(
                "the security version "
                    + report.isvSvn()
                    + " of the quoting enclave reaches no level"));
  }

  private static void requireModule(TdReport report, ModuleRule rule) {
    if (!report.mrSignerSeam().equals(rule.mrSigner())
        || !matches(report.seamAttributes(), rule.attributes(), rule.mask())) {
      throw new AttestationException(
          AttestationCode.MEASUREMENT_MISMATCH,
          "the TDX module is not the one that Intel names: signer "
              + report.mrSignerSeam()
              + ", attributes "
              + report.seamAttributes());
    }
  }

  private static boolean reaches(Bytes svns, Bytes level, int from) {
    byte[] has = svns.array();
    byte[] needs = level.array();
    for (int i = from; i < needs.length; i++) {
      if (Byte.toUnsignedInt(has[i]) < Byte.toUnsignedInt(needs[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(Bytes found, Bytes wanted, Bytes mask) {
    byte[] has = found.array();
    byte[] needs = wanted.array();
    byte[] counts = mask.array();
    for (int i = 0; i < counts.length; i++) {
      if ((has[i] & counts[i]) != (needs[i] & counts[i])) {
        return false;
      }
    }
    return true;
  }

  private static AttestationException unlisted(String message) {
    return new AttestationException(AttestationCode.TCB_REVOKED, message);
  }
}
