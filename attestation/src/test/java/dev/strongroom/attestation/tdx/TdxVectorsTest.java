package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Real quotes, each with its declared outcome at a pinned time. */
class TdxVectorsTest {
  static final Instant AT = Instant.parse("2025-11-10T00:00:00Z");
  private static final TdxVerifier STRICT = TdxVerifier.standard();
  private static final TdxVerifier INSPECTION =
      TdxVerifier.standard(TdxOptions.STRICT.inspectingWithoutCollateral());

  static byte[] vector(String name) {
    try (InputStream in = TdxVectorsTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Verification with(String... names) {
    return new Verification(
        Endorsements.parse(List.of(names).stream().map(TdxVectorsTest::vector).toList()), null, AT);
  }

  @Test
  void pinsTheRootThatIntelPublishes() throws Exception {
    List<X509Certificate> roots = PinnedRoots.resources(TdxVerifier.class, "root.pem").roots();
    assertEquals(1, roots.size());
    assertEquals(
        "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(roots.getFirst().getEncoded())));
  }

  @Test
  void refusesTheDebugDomainOfVersion4() {
    byte[] quote = vector("tdx_quote_4.dat");
    Refused.with(AttestationCode.DEBUG_ENABLED, () -> STRICT.verify(quote, with()));
    Refused.with(AttestationCode.DEBUG_ENABLED, () -> INSPECTION.verify(quote, with()));
  }

  @Test
  void readsVersion4AndItsSignaturesHold() {
    TdxQuote quote = TdxQuote.parse(vector("tdx_quote_4.dat"));
    EcdsaSignatures.require(
        Curve.P256,
        EcdsaSignatures.key(Curve.P256, quote.attestationKey().array()),
        quote.signed().array(),
        quote.signature().array(),
        "the quote");
    PckIdentity platform = PckExtension.read(quote.certification().chain().getFirst());
    assertEquals("50806f000000", platform.fmspc().hex());
    assertEquals("05050d02030100030000000000000000", platform.componentSvns().hex());
    assertEquals(11, platform.pceSvn());
    assertEquals("fb", platform.ppid().hex().substring(30));
    assertEquals("0000000010000001", quote.report().attributes().hex());
  }

  @Test
  void refusesVersion4WithItsDebugBitCleared() {
    byte[] quote = vector("tdx_quote_4.dat");
    quote[168] = 0;
    Refused.with(AttestationCode.SIGNATURE_INVALID, () -> INSPECTION.verify(quote, with()));
  }

  @Test
  void needsCollateralForVersion5() {
    Refused.with(
        AttestationCode.ENDORSEMENT_MISSING,
        () -> STRICT.verify(vector("tdx_quote_5.dat"), with()));
  }

  @Test
  void inspectsVersion5WithoutCollateralAndSaysSo() {
    TdxClaims claims = INSPECTION.verify(vector("tdx_quote_5.dat"), with());
    Map<String, Object> values = claims.values();
    assertEquals(TdxClaims.UNKNOWN, values.get("tcb_status"));
    assertFalse(values.containsKey("platform_tcb_status"));
    assertEquals(5L, values.get("quote_version"));
    assertEquals("1.5", values.get("td_report_version"));
    assertEquals("90c06f000000", values.get("fmspc"));
    assertEquals(false, values.get("debug"));
    assertEquals(true, values.get("sept_ve_disable"));
    assertEquals("e742060000000000", values.get("xfam"));
    assertEquals(
        "dfba221b48a22af8511542ee796603f37382800840dcd978703909bf8e64d4c8"
            + "a1e9de86e7c9638bfcba422f3886400a",
        values.get("mrtd"));
    assertEquals(
        "6d6ab13b046cff606ac0074be13981b07b6325dba10b5facc96febf551c0c3be2b75"
            + "f92fe1f88f4bb996969ad0174b4b7a70261b7b85c844f4b33a4674fd049f",
        values.get("report_data"));
  }

  @Test
  void bindsReportData() {
    byte[] quote = vector("tdx_quote_5.dat");
    Bytes bound = TdxQuote.parse(quote).report().reportData();
    INSPECTION.verify(quote, new Verification(Endorsements.NONE, bound, AT));
    Refused.with(
        AttestationCode.BINDING_MISMATCH,
        () ->
            INSPECTION.verify(
                quote, new Verification(Endorsements.NONE, Bytes.of(bound.array()[0]), AT)));
  }

  @Test
  void judgesTheChainByTheTimeGiven() {
    Refused.with(
        AttestationCode.CERTIFICATE_EXPIRED,
        () ->
            INSPECTION.verify(
                vector("tdx_quote_5.dat"),
                new Verification(Endorsements.NONE, null, Instant.parse("2031-03-19T00:00:00Z"))));
  }

  @Test
  void refusesTheTcbInfoOfAnotherPlatform() {
    Refused.with(
        AttestationCode.COLLATERAL_INVALID,
        () -> INSPECTION.verify(vector("tdx_quote_5.dat"), with("tcbInfo.json")));
  }

  @Test
  void verifiesCollateralThatIsGivenEvenWhereItMayBeLeftOut() {
    Refused.with(
        AttestationCode.ENDORSEMENT_MISSING,
        () -> INSPECTION.verify(vector("tdx_quote_5.dat"), with("enclaveIdentity.json")));
  }

  @Test
  void readsRealCollateral() {
    TcbInfo info =
        TcbInfo.read(SignedDocument.read(Bytes.of(vector("tcbInfo.json"))).orElseThrow().content())
            .orElseThrow();
    assertEquals("00a06d080000", info.fmspc().hex());
    assertEquals(17, info.tcbEvaluationDataNumber());
    assertEquals(List.of("TDX_03", "TDX_01"), info.modules().stream().map(m -> m.id()).toList());
    QeIdentity identity =
        QeIdentity.read(
                SignedDocument.read(Bytes.of(vector("enclaveIdentity.json")))
                    .orElseThrow()
                    .content())
            .orElseThrow();
    assertEquals(2, identity.isvProdId());
    assertEquals(4, identity.levels().getFirst().isvSvn());
  }

  @Test
  void refusesOneQuoteUnderTheKeyOfAnother() {
    byte[] quote = vector("tdx_quote_5.dat");
    byte[] other = vector("tdx_quote_4.dat");
    // The signature data of the other platform, whole: key, QE report and chain fit each other.
    byte[] swapped = quote.clone();
    System.arraycopy(other, 48 + 584, swapped, 48 + 6 + 648, other.length - 48 - 584);
    Refused.with(AttestationCode.SIGNATURE_INVALID, () -> INSPECTION.verify(swapped, with()));
  }
}
