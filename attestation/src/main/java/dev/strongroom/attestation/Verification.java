package dev.strongroom.attestation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What evidence is verified against.
 *
 * @param endorsements certificates, revocation lists and collateral that came along, in any order;
 *     none of it is trusted before it leads to a pinned root
 * @param binding what the evidence must carry in the field that its type has for it, shorter ones
 *     filled with zeros; null to leave that open, which only tools do
 * @param at the time to judge validity by
 */
public record Verification(Endorsements endorsements, @Nullable Bytes binding, Instant at) {

  public Verification {
    if (binding != null && binding.size() == 0) {
      // Filled with zeros it would equal a field that nobody has set.
      throw new IllegalArgumentException("an empty binding binds nothing");
    }
  }

  /**
   * Compares.
   *
   * @param found the field of the evidence
   * @throws AttestationException {@link AttestationCode#BINDING_MISMATCH}
   */
  public void requireBinding(Bytes found, String field) {
    if (binding != null && !binding.padded(found.size()).equals(found)) {
      throw new AttestationException(
          AttestationCode.BINDING_MISMATCH,
          "the " + field + " of the evidence is not what this request binds");
    }
  }

  /**
   * Compares, without filling with zeros: for fields that have a size of their own.
   *
   * @param found the field of the evidence; null when it is not there
   * @throws AttestationException {@link AttestationCode#BINDING_MISMATCH}
   */
  public void requireWholeBinding(@Nullable Bytes found, String field) {
    if (binding != null && (found == null || !binding.equals(found))) {
      throw new AttestationException(
          AttestationCode.BINDING_MISMATCH,
          found == null
              ? "the evidence has no " + field + ", and the request binds one"
              : "the " + field + " of the evidence is not what this request binds");
    }
  }
}
