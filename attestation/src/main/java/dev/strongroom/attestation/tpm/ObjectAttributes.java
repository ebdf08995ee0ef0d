package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.util.ArrayList;
import java.util.List;

/**
 * TPMA_OBJECT, Part 2 section 8.3.
 *
 * @param bits as the TPM marshals them
 */
public record ObjectAttributes(int bits) {
  private static final int FIXED_TPM = 1 << 1;
  private static final int FIXED_PARENT = 1 << 4;
  private static final int SENSITIVE_DATA_ORIGIN = 1 << 5;
  private static final int ENCRYPTED_DUPLICATION = 1 << 11;
  private static final int RESTRICTED = 1 << 16;
  private static final int DECRYPT = 1 << 17;
  private static final int SIGN = 1 << 18;
  // 8 and 9 (firmwareLimited, svnLimited) came with revision 1.83; both only narrow what a key may.
  private static final int KNOWN = 0x000f_0ff6;

  /**
   * Requires those of a key that signs nothing but what its TPM made, was made in it and cannot
   * leave it. A key that is not restricted signs any bytes, those of a forged quote included.
   *
   * @throws AttestationException {@link AttestationCode#ATTESTATION_KEY_UNFIT}, or {@link
   *     AttestationCode#EVIDENCE_MALFORMED} for reserved bits
   */
  void requireAttestationKey() {
    if ((bits & ~KNOWN) != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the attributes of the attestation key (0x%08x) have reserved bits".formatted(bits));
    }
    List<String> wrong = new ArrayList<>();
    requireSet(RESTRICTED, "restricted", wrong);
    requireSet(SIGN, "sign", wrong);
    requireSet(FIXED_TPM, "fixedTPM", wrong);
    requireSet(FIXED_PARENT, "fixedParent", wrong);
    requireSet(SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin", wrong);
    requireClear(DECRYPT, "decrypt", wrong);
    requireClear(ENCRYPTED_DUPLICATION, "encryptedDuplication", wrong);
    if (!wrong.isEmpty()) {
      throw new AttestationException(
          AttestationCode.ATTESTATION_KEY_UNFIT,
          "the attestation key (attributes 0x%08x) is %s; make one with tpm2_createak"
              .formatted(bits, String.join(", ", wrong)));
    }
  }

  private void requireSet(int bit, String name, List<String> wrong) {
    if ((bits & bit) == 0) {
      wrong.add("not " + name);
    }
  }

  private void requireClear(int bit, String name, List<String> wrong) {
    if ((bits & bit) != 0) {
      wrong.add(name);
    }
  }
}
