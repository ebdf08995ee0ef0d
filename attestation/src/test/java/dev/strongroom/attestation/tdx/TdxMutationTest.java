package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No changed byte verifies with other claims: each of the binary parts, some of PEM and JSON. */
class TdxMutationTest {
  /** Where the PCK chain begins in a quote with authentication data of 32 bytes. */
  private static final int PEM_IN_SECTION = 4 + 128 + 6 + 384 + 64 + 2 + 32 + 6;

  /** A prime, so that each kind of byte has its turn. */
  private static final int EACH_OF_PEM = 7;

  private static final int EACH_OF_JSON = 3;

  private static final int SECTION = 48 + 6 + TdReport.SIZE_1_5;

  @Test
  void ofARealQuote() {
    TdxVerifier verifier = TdxVerifier.standard(TdxOptions.STRICT.inspectingWithoutCollateral());
    byte[] quote = TdxVectorsTest.vector("tdx_quote_5.dat");
    flipEach(quote, verifier, new Verification(Endorsements.NONE, null, TdxVectorsTest.AT));
  }

  @Test
  void ofAQuoteWithCollateral() {
    TestIntel intel = new TestIntel();
    TdxVerifier verifier = new TdxVerifier(intel.roots(), TdxOptions.STRICT);
    Verification against =
        new Verification(intel.endorsements(), Bytes.of(TestQuote.REPORT_DATA), TestIntel.NOW);
    flipEach(new TestQuote(intel).build(), verifier, against);
  }

  @Test
  void ofCollateral() {
    TestIntel intel = new TestIntel();
    byte[] quote = new TestQuote(intel).build();
    List<Bytes> documents = new TestCollateral(intel).documents();
    TdxVerifier verifier = new TdxVerifier(intel.roots(), TdxOptions.STRICT);
    for (int document = 0; document < documents.size(); document++) {
      byte[] content = documents.get(document).array();
      for (int i = document; i < content.length; i += EACH_OF_JSON) {
        byte[] changed = content.clone();
        changed[i] ^= 1;
        List<Bytes> all =
            document == 0
                ? List.of(Bytes.of(changed), documents.get(1))
                : List.of(documents.get(0), Bytes.of(changed));
        Endorsements endorsements =
            new Endorsements(List.of(intel.tcbSigning.certificate()), intel.crls(), all);
        assertTrue(
            isRefused(verifier, quote, new Verification(endorsements, null, TestIntel.NOW)),
            "byte " + i + " of the document " + document);
      }
    }
  }

  private static void flipEach(byte[] quote, TdxVerifier verifier, Verification against) {
    TdxClaims claims = verifier.verify(quote, against);
    int pem = SECTION + PEM_IN_SECTION;
    for (int i = 0; i < quote.length; i += i < pem ? 1 : EACH_OF_PEM) {
      byte[] changed = quote.clone();
      changed[i] ^= (byte) (1 << i % 8);
      if (i < pem) {
        assertTrue(isRefused(verifier, changed, against), "byte " + i);
      } else {
        requireSame(claims, verifier, changed, against, i);
      }
    }
  }

  // Of the PCK chain, the white space and the certificate of the root, which is pinned, carry
  // nothing: a change of these may pass and changes no claim.
  private static void requireSame(
      TdxClaims claims, TdxVerifier verifier, byte[] changed, Verification against, int i) {
    try {
      assertEquals(claims, verifier.verify(changed, against), "byte " + i);
    } catch (AttestationException expected) {
      expected.code();
    }
  }

  private static boolean isRefused(TdxVerifier verifier, byte[] quote, Verification against) {
    try {
      verifier.verify(quote, against);
      return false;
    } catch (AttestationException expected) {
      return true;
    }
  }
}
