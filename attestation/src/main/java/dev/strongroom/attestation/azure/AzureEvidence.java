package dev.strongroom.attestation.azure;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.json.Json;
import dev.strongroom.attestation.tpm.QuoteEvidence;
import dev.strongroom.attestation.tpm.TpmEvidence;
import java.nio.charset.StandardCharsets;

/**
 * Evidence of a confidential machine of Azure as it travels ({@code docs/spec/evidence.md}, section
 * Azure).
 *
 * @param hclReport what the NV index 0x01400001 of the virtual TPM holds
 * @param quote by the key of that TPM
 */
public record AzureEvidence(Bytes hclReport, QuoteEvidence quote) {
  /** Of this version. */
  public static final String FORMAT = "strongroom-azure-snp-vtpm-evidence/v1";

  private static final Json JSON =
      new Json(AttestationCode.EVIDENCE_MALFORMED, "evidence of an Azure machine");

  /**
   * Reads it whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_OVERSIZED}, {@link
   *     AttestationCode#EVIDENCE_MALFORMED}, {@link AttestationCode#VERSION_UNKNOWN} or {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}
   */
  public static AzureEvidence parse(byte[] document) {
    ObjectNode object = TpmEvidence.document(document, FORMAT, JSON);
    AzureEvidence evidence =
        new AzureEvidence(
            QuoteEvidence.bytes(object, "hclReport", JSON), QuoteEvidence.read(object, JSON));
    QuoteEvidence.requireCanonical(document, evidence.encode(), JSON);
    return evidence;
  }

  /** In its one encoding (RFC 8785). */
  public byte[] encode() {
    return "{\"format\":\"%s\",\"hclReport\":\"%s\",\"quote\":%s}"
        .formatted(FORMAT, QuoteEvidence.text(hclReport), quote.encode())
        .getBytes(StandardCharsets.US_ASCII);
  }
}
