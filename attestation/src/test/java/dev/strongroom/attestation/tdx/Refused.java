package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import org.junit.jupiter.api.function.Executable;

/** Expects a refusal with a code. */
final class Refused {
  private Refused() {}

  static AttestationException with(AttestationCode code, Executable action) {
    AttestationException refusal = assertThrows(AttestationException.class, action);
    assertEquals(code, refusal.code(), refusal::getMessage);
    return refusal;
  }
}
