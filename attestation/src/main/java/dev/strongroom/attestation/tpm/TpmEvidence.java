package dev.strongroom.attestation.tpm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.json.Json;
import java.nio.charset.StandardCharsets;

/**
 * Evidence of a TPM as it travels ({@code docs/spec/evidence.md}, section TPM). Nothing in here
 * says whether to believe it.
 *
 * @param akPublic TPM2B_PUBLIC of the attestation key
 * @param quote that it signed
 */
public record TpmEvidence(Bytes akPublic, QuoteEvidence quote) {
  /** Of this version. */
  public static final String FORMAT = "strongroom-tpm-evidence/v1";

  /** The longest that is read, in bytes; an event log is the most of it. */
  public static final int MAX_BYTES = 2 << 20;

  private static final Json JSON =
      new Json(AttestationCode.EVIDENCE_MALFORMED, "evidence of a TPM");

  /**
   * Reads it whole.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_OVERSIZED}, {@link
   *     AttestationCode#EVIDENCE_MALFORMED}, {@link AttestationCode#VERSION_UNKNOWN} or {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}
   */
  public static TpmEvidence parse(byte[] document) {
    ObjectNode object = document(document, FORMAT, JSON);
    TpmEvidence evidence =
        new TpmEvidence(
            QuoteEvidence.bytes(object, "akPublic", JSON), QuoteEvidence.read(object, JSON));
    QuoteEvidence.requireCanonical(document, evidence.encode(), JSON);
    return evidence;
  }

  /**
   * The object of a document of this format.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_OVERSIZED}, {@link
   *     AttestationCode#VERSION_UNKNOWN}, or as that reader refuses
   */
  public static ObjectNode document(byte[] document, String format, Json json) {
    if (document.length > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "the evidence has " + document.length + " bytes; at most " + MAX_BYTES + " are read");
    }
    ObjectNode object = json.object(document);
    String found = json.text(object, "format");
    if (!found.equals(format)) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "the evidence is of the format '" + Json.shown(found) + "', not '" + format + "'");
    }
    return object;
  }

  /** In its one encoding (RFC 8785). */
  public byte[] encode() {
    return "{\"akPublic\":\"%s\",\"format\":\"%s\",\"quote\":%s}"
        .formatted(QuoteEvidence.text(akPublic), FORMAT, quote.encode())
        .getBytes(StandardCharsets.US_ASCII);
  }
}
