package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the owner of a guest asks of its platform (56860, GUEST_POLICY); the firmware launches no
 * guest whose policy it cannot keep.
 *
 * @param bits all 64
 */
public record GuestPolicy(long bits) {
  private static final int SMT = 16;
  private static final int ALWAYS_ONE = 17;
  private static final int MIGRATION_AGENT = 18;
  private static final int DEBUG = 19;
  private static final int SINGLE_SOCKET = 20;
  private static final int CXL = 21;
  private static final int MEMORY_AES_256_XTS = 22;
  private static final int RAPL_DISABLED = 23;
  private static final int CIPHERTEXT_HIDING = 24;
  private static final int PAGE_SWAP_DISABLED = 25;
  private static final int FIRST_RESERVED = 26;

  /**
   * Checks.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_MALFORMED} for reserved bits: one
   *     that is not known here may ask for less protection
   */
  public GuestPolicy {
    if (!isSet(bits, ALWAYS_ONE) || bits >>> FIRST_RESERVED != 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the guest policy 0x%x of the report breaks its reserved bits".formatted(bits));
    }
  }

  private static boolean isSet(long bits, int index) {
    return (bits >>> index & 1) == 1;
  }

  /** The least major version of the firmware's ABI. */
  public int abiMajor() {
    return (int) (bits >>> 8) & 0xff;
  }

  /** The least minor version of the firmware's ABI. */
  public int abiMinor() {
    return (int) bits & 0xff;
  }

  /** The guest may run on a platform with simultaneous multithreading. */
  public boolean smtAllowed() {
    return isSet(bits, SMT);
  }

  /** The guest may have a migration agent, which could give its memory to another machine. */
  public boolean migrationAgentAllowed() {
    return isSet(bits, MIGRATION_AGENT);
  }

  /** The host may read and write the memory of the guest. */
  public boolean debugAllowed() {
    return isSet(bits, DEBUG);
  }

  public boolean singleSocketRequired() {
    return isSet(bits, SINGLE_SOCKET);
  }

  /** Devices and memory behind CXL are allowed. */
  public boolean cxlAllowed() {
    return isSet(bits, CXL);
  }

  public boolean memoryAes256XtsRequired() {
    return isSet(bits, MEMORY_AES_256_XTS);
  }

  /** The running average power limit must be off: it is a side channel. */
  public boolean raplDisabledRequired() {
    return isSet(bits, RAPL_DISABLED);
  }

  /** The host must not see the ciphertext of the guest's memory. */
  public boolean ciphertextHidingRequired() {
    return isSet(bits, CIPHERTEXT_HIDING);
  }

  /** The host may neither move nor swap pages of the guest. */
  public boolean pageSwapDisabledRequired() {
    return isSet(bits, PAGE_SWAP_DISABLED);
  }

  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("abi_major", (long) abiMajor());
    values.put("abi_minor", (long) abiMinor());
    values.put("smt_allowed", smtAllowed());
    values.put("migration_agent_allowed", migrationAgentAllowed());
    values.put("debug_allowed", debugAllowed());
    values.put("single_socket_required", singleSocketRequired());
    values.put("cxl_allowed", cxlAllowed());
    values.put("memory_aes_256_xts_required", memoryAes256XtsRequired());
    values.put("rapl_disabled_required", raplDisabledRequired());
    values.put("ciphertext_hiding_required", ciphertextHidingRequired());
    values.put("page_swap_disabled_required", pageSwapDisabledRequired());
    return values;
  }
}
