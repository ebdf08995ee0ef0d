package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a verified quote says.
 *
 * @param quoteVersion 4 or 5
 * @param userData of the quoting enclave, 20 bytes
 * @param report of the TDX module on the domain
 * @param quotingEnclave the enclave that signed
 * @param platform as Intel certifies it
 * @param tcb as Intel judges it
 */
public record TdxClaims(
    int quoteVersion,
    Bytes userData,
    TdReport report,
    EnclaveReport quotingEnclave,
    PckIdentity platform,
    TcbAppraisal tcb)
    implements Claims {
  /** The value of {@code tcb_status} where collateral was left out. */
  public static final String UNKNOWN = "unknown";

  @Override
  public EvidenceType type() {
    return EvidenceType.TDX;
  }

  /**
   * {@inheritDoc}
   *
   * <p>{@code debug} is always false. What the body of TDX 1.5, platforms of several packages or
   * collateral would say is absent without these.
   */
  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    domain(values);
    attributes(values);
    quotingEnclave(values);
    platform(values);
    tcb(values);
    return Collections.unmodifiableMap(values);
  }

  private void domain(Map<String, Object> values) {
    values.put("quote_version", (long) quoteVersion);
    values.put("td_report_version", report.later().isPresent() ? "1.5" : "1.0");
    values.put("mrtd", report.mrTd().hex());
    for (int i = 0; i < report.rtmrs().size(); i++) {
      values.put("rtmr" + i, report.rtmrs().get(i).hex());
    }
    values.put("mrconfigid", report.mrConfigId().hex());
    values.put("mrowner", report.mrOwner().hex());
    values.put("mrownerconfig", report.mrOwnerConfig().hex());
    report.later().ifPresent(later -> values.put("mrservicetd", later.mrServiceTd().hex()));
    values.put("report_data", report.reportData().hex());
    values.put("mrseam", report.mrSeam().hex());
    values.put("mrsignerseam", report.mrSignerSeam().hex());
    values.put("seam_attributes", report.seamAttributes().hex());
    values.put("tee_tcb_svn", report.teeTcbSvn().hex());
    report.later().ifPresent(later -> values.put("tee_tcb_svn_2", later.teeTcbSvn2().hex()));
    values.put("xfam", report.xfam().hex());
  }

  private void attributes(Map<String, Object> values) {
    TdAttributes attributes = report.attributes();
    values.put("td_attributes", attributes.hex());
    values.put("debug", attributes.debug());
    values.put("sept_ve_disable", attributes.septVeDisable());
    values.put("migratable", attributes.migratable());
    values.put("pks", attributes.pks());
    values.put("kl", attributes.kl());
    values.put("perfmon", attributes.perfmon());
  }

  private void quotingEnclave(Map<String, Object> values) {
    values.put("qe_user_data", userData.hex());
    values.put("qe_mrenclave", quotingEnclave.mrEnclave().hex());
    values.put("qe_mrsigner", quotingEnclave.mrSigner().hex());
    values.put("qe_isvprodid", (long) quotingEnclave.isvProdId());
    values.put("qe_isvsvn", (long) quotingEnclave.isvSvn());
  }

  private void platform(Map<String, Object> values) {
    values.put("ppid", platform.ppid().hex());
    values.put("fmspc", platform.fmspc().hex());
    values.put("pceid", platform.pceId().hex());
    values.put("pcesvn", (long) platform.pceSvn());
    values.put("cpusvn", platform.cpuSvn().hex());
    values.put("sgx_component_svns", platform.componentSvns().hex());
    values.put("sgx_type", (long) platform.sgxType());
    platform.platformInstanceId().ifPresent(id -> values.put("platform_instance_id", id.hex()));
    platform
        .configuration()
        .ifPresent(configuration -> {
          put(values, "dynamic_platform", configuration.dynamicPlatform());
          put(values, "cached_keys", configuration.cachedKeys());
          put(values, "smt_enabled", configuration.smtEnabled());
        });
  }

  private void tcb(Map<String, Object> values) {
    values.put("tcb_status", tcb.status().map(TcbStatus::wireName).orElse(UNKNOWN));
    verdict(values, "platform", tcb.platform());
    verdict(values, "tdx_module", tcb.module());
    verdict(values, "qe", tcb.quotingEnclave());
    values.put("advisory_ids", tcb.advisoryIds());
    put(values, "tcb_evaluation_data_number", tcb.tcbEvaluationDataNumber().map(Long::valueOf));
    put(values, "collateral_next_update", tcb.nextUpdate().map(Object::toString));
  }

  private static void verdict(
      Map<String, Object> values, String part, Optional<TcbVerdict> verdict) {
    put(values, part + "_tcb_status", verdict.map(each -> each.status().wireName()));
    put(values, part + "_tcb_date", verdict.map(each -> each.date().toString()));
  }

  private static void put(Map<String, Object> values, String name, Optional<?> value) {
    value.ifPresent(present -> values.put(name, present));
  }
}
