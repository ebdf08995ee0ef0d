package dev.strongroom.attestation.nvidia;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.Revocation;
import java.time.Instant;
import java.util.List;

/** Nothing but a refusal may leave readers and verifier, whatever comes in. */
class NvidiaFuzzTest {
  private static final Instant AT = Instant.parse("2025-06-01T00:00:00Z");
  private static final NvidiaVerifier VERIFIER = NvidiaVerifier.standard();
  private static final ReferenceMeasurements REFERENCES =
      new ReferenceMeasurements(
          new ChainVerifier(NvidiaVerifier.rimRoots(), Revocation.CHECKED_WHERE_GIVEN));
  private static final Verification AGAINST =
      new Verification(Vectors.endorsements("hopperCertChain.txt"), null, AT);

  @FuzzTest(maxDuration = "10m")
  void report(byte[] report) {
    try {
      NvidiaReport read = NvidiaReport.parse(report);
      var _ =
          new NvidiaDevice(
                  NvidiaDevice.Kind.GPU, "HOPPER", "GH100", "0", Bytes.of(), read, false, false)
              .values();
    } catch (AttestationException e) {
      // Refused, with a code.
    }
  }

  @FuzzTest(maxDuration = "10m")
  void list(byte[] list) {
    try {
      var _ = VERIFIER.verify(list, AGAINST);
    } catch (AttestationException e) {
      // Refused, with a code.
    }
  }

  @FuzzTest(maxDuration = "10m")
  void reference(byte[] document) {
    try {
      var _ =
          REFERENCES.verified(
              new Endorsements(List.of(), List.of(), List.of(Bytes.of(document))), AT);
    } catch (AttestationException e) {
      // Refused, with a code.
    }
  }
}
