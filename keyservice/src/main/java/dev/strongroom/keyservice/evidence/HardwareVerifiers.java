package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.keyservice.config.AttestationConfig;
import java.util.List;

/** The types of evidence that a service verifies. */
public final class HardwareVerifiers {
  private HardwareVerifiers() {}

  /** All of the library's, against the roots that it pins. */
  public static List<AttestationVerifier> of(AttestationConfig config) {
    return List.of(SnpVerifier.standard());
  }
}
