package dev.strongroom.attestation.nitro;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;

/** Nothing but a refusal may leave reader and verifier, whatever comes in. */
class NitroFuzzTest {
  private static final NitroVerifier VERIFIER = NitroVerifier.standard();
  private static final Verification AGAINST =
      new Verification(Endorsements.NONE, null, NitroVectorTest.AT);

  @FuzzTest(maxDuration = "10m")
  void evidence(byte[] evidence) {
    try {
      var _ = VERIFIER.verify(evidence, AGAINST);
    } catch (AttestationException e) {
      // Refused, with a code.
    }
  }

  @FuzzTest(maxDuration = "10m")
  void payload(byte[] payload) {
    try {
      var _ = NitroDocument.parse(payload);
    } catch (AttestationException e) {
      // Refused, with a code.
    }
  }
}
