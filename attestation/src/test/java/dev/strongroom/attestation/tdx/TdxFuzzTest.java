package dev.strongroom.attestation.tdx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.util.List;

/** Whatever comes in, what comes out is claims or a refusal with a code. */
class TdxFuzzTest {
  private static final TdxVerifier VERIFIER =
      TdxVerifier.standard(TdxOptions.STRICT.inspectingWithoutCollateral());
  private static final byte[] QUOTE = TdxVectorsTest.vector("tdx_quote_5.dat");

  @FuzzTest(maxDuration = "10m")
  void quote(byte[] evidence) {
    try {
      VERIFIER.verify(evidence, new Verification(Endorsements.NONE, null, TdxVectorsTest.AT));
    } catch (AttestationException expected) {
      expected.code();
    }
  }

  @FuzzTest(maxDuration = "10m")
  void collateral(byte[] document) {
    try {
      VERIFIER.verify(
          QUOTE,
          new Verification(
              new Endorsements(List.of(), List.of(), List.of(Bytes.of(document))),
              null,
              TdxVectorsTest.AT));
    } catch (AttestationException expected) {
      expected.code();
    }
  }
}
