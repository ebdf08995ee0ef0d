package dev.strongroom.attestation.azure;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tpm.PcrSelection;

/** What a guest sends is refused with an {@link AttestationException}, and with nothing else. */
class AzureFuzzTest {
  private static final AzureVerifier VERIFIER =
      new AzureVerifier(SnpVerifier.standard(), PcrSelection.NONE);

  @FuzzTest(maxDuration = "10m")
  void evidence(byte[] input) {
    try {
      var _ = VERIFIER.verify(input, AzureVector.against(null));
    } catch (AttestationException refusal) {
      // as it should be
    }
  }

  @FuzzTest(maxDuration = "10m")
  void hclReport(byte[] input) {
    try {
      var _ = RuntimeData.parse(HclReport.parse(Bytes.of(input)).runtimeData());
    } catch (AttestationException refusal) {
      // as it should be
    }
  }
}
