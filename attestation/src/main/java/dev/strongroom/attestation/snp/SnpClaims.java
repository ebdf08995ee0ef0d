package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.snp.SnpReport.Cpu;
import dev.strongroom.attestation.snp.SnpReport.FirmwareVersion;
import dev.strongroom.attestation.snp.SnpReport.Mitigations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What a verified report says.
 *
 * @param report verified, whole
 * @param product the line whose chain ends in the root of its signature
 * @param tcb its four security versions
 * @param chipId 64 bytes: the report's, or where the platform masks that, the one of the VCEK
 *     certificate, which signed for this chip all the same; null under a VLEK of a platform that
 *     masks it
 * @param providerId the cloud provider that the VLEK was issued to; null under a VCEK
 */
public record SnpClaims(
    SnpReport report,
    Product product,
    TcbVersions tcb,
    @Nullable Bytes chipId,
    @Nullable String providerId)
    implements Claims {

  /**
   * The security versions that a report has.
   *
   * @param reported equal to the certificate's
   * @param current at least reported and committed
   */
  public record TcbVersions(
      TcbVersion reported, TcbVersion committed, TcbVersion current, TcbVersion launch) {
    static TcbVersions of(SnpReport report, Product product) {
      return new TcbVersions(
          TcbVersion.of(report.reportedTcb(), product, "REPORTED_TCB"),
          TcbVersion.of(report.committedTcb(), product, "COMMITTED_TCB"),
          TcbVersion.of(report.currentTcb(), product, "CURRENT_TCB"),
          TcbVersion.of(report.launchTcb(), product, "LAUNCH_TCB"));
    }
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.SNP;
  }

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("version", (long) report.version());
    values.put("product", product.productName());
    platform(values);
    guest(values);
    values.put("report_data", report.reportData().hex());
    values.put("report_id", report.reportId().hex());
    values.put("migration_agent_report_id", report.migrationAgentReportId().hex());
    return values;
  }

  private void platform(Map<String, Object> values) {
    values.put("signing_key", report.keys().signingKey().wireName());
    values.put("chip_key_masked", report.keys().chipKeyMasked());
    values.put("chip_id_masked", report.chipId().isZero());
    Optional.ofNullable(chipId).ifPresent(id -> values.put("chip_id", id.hex()));
    Optional.ofNullable(providerId).ifPresent(id -> values.put("provider_id", id));
    Optional.ofNullable(report.cpu()).ifPresent(cpu -> values.put("cpu", values(cpu)));
    values.put("platform", report.platform().values());
    values.put("reported_tcb", tcb.reported().values());
    values.put("committed_tcb", tcb.committed().values());
    values.put("current_tcb", tcb.current().values());
    values.put("launch_tcb", tcb.launch().values());
    values.put("current_firmware", values(report.currentFirmware()));
    values.put("committed_firmware", values(report.committedFirmware()));
    Optional.ofNullable(report.mitigations()).ifPresent(each -> mitigations(each, values));
  }

  private void guest(Map<String, Object> values) {
    values.put("vmpl", report.vmpl());
    values.put("policy", report.policy().values());
    values.put("measurement", report.measurement().hex());
    values.put("host_data", report.hostData().hex());
    values.put("guest_svn", report.guestSvn());
    values.put("family_id", report.familyId().hex());
    values.put("image_id", report.imageId().hex());
    values.put("id_key_digest", report.idKeyDigest().hex());
    values.put("author_key_present", report.keys().authorKeyPresent());
    values.put("author_key_digest", report.authorKeyDigest().hex());
  }

  private static Map<String, Object> values(Cpu cpu) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("family", (long) cpu.family());
    values.put("model", (long) cpu.model());
    values.put("stepping", (long) cpu.stepping());
    return values;
  }

  private static Map<String, Object> values(FirmwareVersion firmware) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("major", (long) firmware.major());
    values.put("minor", (long) firmware.minor());
    values.put("build", (long) firmware.build());
    return values;
  }

  // As numbers of bits: policies ask whether one is among them.
  private static void mitigations(Mitigations mitigations, Map<String, Object> values) {
    values.put("launch_mitigations", bits(mitigations.launch()));
    values.put("current_mitigations", bits(mitigations.current()));
  }

  private static List<Long> bits(long vector) {
    return LongStream.range(0, Long.SIZE).filter(bit -> (vector >>> bit & 1) == 1).boxed().toList();
  }
}
