package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.util.HexFormat;

/**
 * The attributes of a trust domain (Intel TDX Module ABI Specification, "ATTRIBUTES").
 *
 * @param bits the 64 bits, bit 0 the lowest
 */
public record TdAttributes(long bits) {
  /** Any of these makes the domain untrusted: DEBUG, and the profiling of later modules. */
  private static final long UNDER_DEBUG = 0xff;

  private static final int DEBUG = 0;
  private static final int ICSSD = 16;
  private static final int LASS = 27;
  private static final int SEPT_VE_DISABLE = 28;
  private static final int MIGRATABLE = 29;
  private static final int PKS = 30;
  private static final int KL = 31;
  private static final int TPA = 62;
  private static final int PERFMON = 63;

  private static final long KNOWN =
      UNDER_DEBUG
          | 1L << ICSSD
          | 1L << LASS
          | 1L << SEPT_VE_DISABLE
          | 1L << MIGRATABLE
          | 1L << PKS
          | 1L << KL
          | 1L << TPA
          | 1L << PERFMON;

  /** Whether the host can debug the domain. */
  public boolean debug() {
    return has(DEBUG);
  }

  /** Whether a violation of the secure EPT ends the domain, where it otherwise raises a #VE. */
  public boolean septVeDisable() {
    return has(SEPT_VE_DISABLE);
  }

  /** Whether a service domain may move it to another platform. */
  public boolean migratable() {
    return has(MIGRATABLE);
  }

  /** Whether it may use supervisor protection keys. */
  public boolean pks() {
    return has(PKS);
  }

  /** Whether it may use key locker. */
  public boolean kl() {
    return has(KL);
  }

  /** Whether it may use performance monitoring. */
  public boolean perfmon() {
    return has(PERFMON);
  }

  /** The 64 bits as sixteen hexadecimal digits, bit 63 first. */
  public String hex() {
    return HexFormat.of().toHexDigits(bits);
  }

  /**
   * Refuses a domain that can be debugged or profiled, and attributes without a meaning.
   *
   * @throws AttestationException {@link AttestationCode#DEBUG_ENABLED}, {@link
   *     AttestationCode#EVIDENCE_MALFORMED}
   */
  void requireTrusted() {
    if ((bits & UNDER_DEBUG) != 0) {
      throw new AttestationException(
          AttestationCode.DEBUG_ENABLED,
          "the host can debug or profile the trust domain: its attributes are "
              + hex()
              + "; start it without them");
    }
    if ((bits & ~KNOWN) != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the attributes " + hex() + " of the trust domain have reserved bits set");
    }
  }

  private boolean has(int bit) {
    return (bits >>> bit & 1) == 1;
  }
}
