package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the platform is set up (56860, PLATFORM_INFO).
 *
 * @param bits all 64
 */
public record PlatformInfo(long bits) {
  private static final int SMT = 0;
  private static final int TSME = 1;
  private static final int ECC = 2;
  private static final int RAPL_DISABLED = 3;
  private static final int CIPHERTEXT_HIDING = 4;
  private static final int ALIAS_CHECK = 5;
  private static final int TRUSTED_IO = 7;
  private static final long KNOWN = 0b1011_1111;

  /**
   * Checks.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED} for reserved bits
   */
  public PlatformInfo {
    if ((bits & ~KNOWN) != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the platform info 0x%x of the report has reserved bits set".formatted(bits));
    }
  }

  private boolean isSet(int index) {
    return (bits >>> index & 1) == 1;
  }

  public boolean smtEnabled() {
    return isSet(SMT);
  }

  /** All memory is encrypted, that of the host too. */
  public boolean tsmeEnabled() {
    return isSet(TSME);
  }

  public boolean eccEnabled() {
    return isSet(ECC);
  }

  public boolean raplDisabled() {
    return isSet(RAPL_DISABLED);
  }

  public boolean ciphertextHidingEnabled() {
    return isSet(CIPHERTEXT_HIDING);
  }

  /** No two addresses meet in one cell of memory: looked for since the last reset (BadRAM). */
  public boolean aliasCheckComplete() {
    return isSet(ALIAS_CHECK);
  }

  /** SEV-TIO: trusted devices. */
  public boolean trustedIoEnabled() {
    return isSet(TRUSTED_IO);
  }

  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("smt_enabled", smtEnabled());
    values.put("tsme_enabled", tsmeEnabled());
    values.put("ecc_enabled", eccEnabled());
    values.put("rapl_disabled", raplDisabled());
    values.put("ciphertext_hiding_enabled", ciphertextHidingEnabled());
    values.put("alias_check_complete", aliasCheckComplete());
    values.put("trusted_io_enabled", trustedIoEnabled());
    return values;
  }
}
