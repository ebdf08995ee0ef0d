package dev.strongroom.attestation.tpm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import org.junit.jupiter.api.function.Executable;

/** Asserts which code a refusal has. */
public final class Refusals {
  private Refusals() {}

  public static AttestationException refused(AttestationCode code, Executable attempt) {
    AttestationException refusal = assertThrows(AttestationException.class, attempt);
    assertEquals(code, refusal.code(), refusal.getMessage());
    return refusal;
  }
}
