package dev.strongroom.attestation.azure;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.tpm.VerifiedQuote;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a confidential machine of Azure says.
 *
 * @param snp of its processor
 * @param quote of its virtual TPM
 * @param secureBoot as the paravisor says that the machine is configured
 * @param console whether it has a serial console
 * @param vmId which Azure gave it
 * @param userData what the guest had put in the report: an older one's stays until it is renewed,
 *     so freshness is the quote's alone
 */
public record AzureClaims(
    Claims snp,
    VerifiedQuote quote,
    boolean secureBoot,
    boolean console,
    String vmId,
    Bytes userData)
    implements Claims {

  @Override
  public EvidenceType type() {
    return EvidenceType.AZURE_SNP_VTPM;
  }

  @Override
  public Map<String, Object> values() {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("secure_boot", secureBoot);
    machine.put("console", console);
    machine.put("vm_id", vmId);
    machine.put("user_data", userData.hex());
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("snp", snp.values());
    values.put("tpm", quote.values());
    values.put("machine", machine);
    return values;
  }
}
