package dev.strongroom.attestation;

/** Verifies evidence of one type. Thread-safe; keeps nothing but bounded caches. */
public interface AttestationVerifier {

  EvidenceType type();

  /**
   * Verifies one piece of evidence whole: form, signature, the chain of its key to a pinned root,
   * security versions, and what it must bind.
   *
   * @param evidence raw, as it came from the hardware
   * @return what it says, from verified bytes alone
   * @throws AttestationException with the code of the first thing that does not hold
   */
  Claims verify(byte[] evidence, Verification against);
}
