package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;

/**
 * Which keys are behind a report (56860, the flags at 48h).
 *
 * @param signingKey the key that signed it
 * @param chipKeyMasked the platform uses its VCEK for nothing
 * @param authorKeyPresent the guest was launched with an ID key that an author key had certified
 */
public record KeyInfo(SigningKey signingKey, boolean chipKeyMasked, boolean authorKeyPresent) {
  private static final int FIRST_RESERVED = 5;
  private static final int NO_KEY = 7;

  /**
   * Of the 32 bits that a report has.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED} for reserved values,
   *     {@link AttestationCode#SIGNATURE_INVALID} when the platform says that it does not sign
   */
  static KeyInfo of(long bits) {
    int signingKey = (int) (bits >>> 2) & 7;
    boolean chipKeyMasked = (bits & 2) != 0;
    if (bits >>> FIRST_RESERVED != 0 || (signingKey > 1 && signingKey != NO_KEY)) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the key flags 0x%x of the report have reserved bits set".formatted(bits));
    }
    if (signingKey == NO_KEY || (signingKey == 0 && chipKeyMasked)) {
      throw new AttestationException(
          AttestationCode.SIGNATURE_INVALID,
          "the report is not signed: the platform masks its chip key (MASK_CHIP_KEY of SNP_CONFIG);"
              + " its owner must clear that, or load a VLEK");
    }
    return new KeyInfo(
        signingKey == 0 ? SigningKey.VCEK : SigningKey.VLEK, chipKeyMasked, (bits & 1) != 0);
  }
}
