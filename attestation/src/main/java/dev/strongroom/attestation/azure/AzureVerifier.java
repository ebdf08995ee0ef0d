package dev.strongroom.attestation.azure;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.QuoteVerifier;
import dev.strongroom.attestation.tpm.VerifiedQuote;

/**
 * Joins a report of SEV-SNP and a quote of the virtual TPM. The report carries the digest of the
 * runtime data, those name the key of the virtual TPM, and that has signed the quote, which carries
 * the binding. So the processor vouches for the paravisor (its measurement is for policy to know),
 * the paravisor for its TPM, and the TPM for what was started.
 */
public final class AzureVerifier implements AttestationVerifier {
  // Bytes of the report data, of which the digest is the first half.
  private static final int REPORT_DATA_BYTES = 64;

  private final AttestationVerifier snp;
  private final QuoteVerifier quotes;

  /**
   * A verifier.
   *
   * @param snp of reports of SEV-SNP, at VMPL 0, where the paravisor is
   * @param required the PCRs that every quote must cover
   */
  public AzureVerifier(AttestationVerifier snp, PcrSelection required) {
    if (snp.type() != EvidenceType.SNP) {
      throw new IllegalArgumentException("a verifier of SEV-SNP is wanted, not of " + snp.type());
    }
    this.snp = snp;
    this.quotes = new QuoteVerifier(required);
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.AZURE_SNP_VTPM;
  }

  /**
   * As {@link AttestationVerifier#verify}; the leaf of the processor is among the endorsements.
   *
   * @throws AttestationException as the verifier of SEV-SNP and {@link QuoteVerifier#verify}; a
   *     {@code binding-mismatch} of the report data says that the report is not of these runtime
   *     data
   */
  @Override
  public AzureClaims verify(byte[] document, Verification against) {
    AzureEvidence evidence = AzureEvidence.parse(document);
    HclReport report = HclReport.parse(evidence.hclReport());
    Claims processor = snp.verify(report.snpReport().array(), vouching(report, against));
    RuntimeData runtime = RuntimeData.parse(report.runtimeData());
    VerifiedQuote quote = quotes.verify(runtime.attestationKey(), evidence.quote(), against);
    return new AzureClaims(
        processor,
        quote,
        runtime.secureBoot(),
        runtime.console(),
        runtime.vmId(),
        runtime.userData());
  }

  private static Verification vouching(HclReport report, Verification against) {
    Bytes digest = HashAlgorithm.SHA256.digest(report.runtimeData().array());
    return new Verification(against.endorsements(), digest.padded(REPORT_DATA_BYTES), against.at());
  }
}
