package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.snp.SnpReport;
import java.util.Arrays;
import java.util.List;

/**
 * Evidence as a request carries it: for SEV-SNP a report, and behind it the host's certificate
 * table where there is one; for the others what stands alone.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CarriedEvidence(byte[] evidence, Endorsements endorsements) {

  /**
   * Takes it apart.
   *
   * @throws dev.strongroom.attestation.AttestationException when what is behind a report is no
   *     certificate table
   */
  static CarriedEvidence of(EvidenceType type, byte[] data) {
    return switch (type) {
      case SNP -> data.length > SnpReport.SIZE ? withTable(data) : alone(data);
      case TDX, TPM, AZURE_SNP_VTPM, NITRO, NVIDIA -> alone(data);
    };
  }

  private static CarriedEvidence alone(byte[] data) {
    return new CarriedEvidence(data, Endorsements.NONE);
  }

  private static CarriedEvidence withTable(byte[] data) {
    return new CarriedEvidence(
        Arrays.copyOf(data, SnpReport.SIZE),
        Endorsements.parse(List.of(Arrays.copyOfRange(data, SnpReport.SIZE, data.length))));
  }
}
