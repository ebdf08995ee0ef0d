package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** TCB info and identity of the quoting enclave: signed, current, of the platform. */
class TdxCollateralTest {
  private static final TestIntel INTEL = new TestIntel();
  private static final byte[] QUOTE = new TestQuote(INTEL).build();
  private static final X509Certificate SIGNER = INTEL.tcbSigning.certificate();

  private final TdxVerifier verifier = new TdxVerifier(INTEL.roots(), TdxOptions.STRICT);

  @Test
  void needsBothDocuments() {
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    refuses(AttestationCode.ENDORSEMENT_MISSING, SIGNER, List.of());
    refuses(AttestationCode.ENDORSEMENT_MISSING, SIGNER, List.of(documents.get(0)));
    refuses(AttestationCode.ENDORSEMENT_MISSING, SIGNER, List.of(documents.get(1)));
  }

  @Test
  void needsTheirSigningCertificateEvenWhenItKnowsThem() {
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    verify(SIGNER, documents);
    Refused.with(
        AttestationCode.ENDORSEMENT_MISSING,
        () ->
            verifier.verify(QUOTE, against(new Endorsements(List.of(), INTEL.crls(), documents))));
    TestIntel.Holder former = TestIntel.issue(TestIntel.TCB_SIGNING, INTEL.root, false, null);
    refuses(AttestationCode.COLLATERAL_INVALID, former.certificate(), documents);
  }

  @Test
  void leavesBothOutForInspectionAndSaysSo() {
    TdxVerifier inspection =
        new TdxVerifier(INTEL.roots(), TdxOptions.STRICT.inspectingWithoutCollateral());
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    for (List<Bytes> some :
        List.of(List.<Bytes>of(), List.of(documents.get(0)), List.of(documents.get(1)))) {
      TdxClaims claims =
          inspection.verify(QUOTE, against(new Endorsements(List.of(SIGNER), INTEL.crls(), some)));
      assertEquals(TdxClaims.UNKNOWN, claims.values().get("tcb_status"));
    }
    assertEquals(
        "UpToDate",
        inspection.verify(QUOTE, against(INTEL.endorsements())).values().get("tcb_status"));
  }

  static Stream<Arguments> documents() {
    return Stream.of(
        info("FMSPC of others", AttestationCode.COLLATERAL_INVALID, "00A06D", "00A06E"),
        info("PCEID of others", AttestationCode.COLLATERAL_INVALID, "\"0000\"", "\"0001\""),
        info("of tomorrow", AttestationCode.COLLATERAL_STALE, "2026-05-20", "2026-06-02"),
        info("of yesterday", AttestationCode.COLLATERAL_STALE, "2026-06-19", "2026-05-31"),
        identity("of tomorrow", AttestationCode.COLLATERAL_STALE, "2026-05-22", "2026-06-02"),
        identity("of yesterday", AttestationCode.COLLATERAL_STALE, "2026-06-21", "2026-05-31"),
        info("of SGX", AttestationCode.ENDORSEMENT_MISSING, "\"TDX\"", "\"SGX\""),
        identity("of the QE of SGX", AttestationCode.ENDORSEMENT_MISSING, "\"TD_QE\"", "\"QE\""),
        info("id unknown", AttestationCode.ENDORSEMENT_MALFORMED, "\"TDX\"", "\"CCA\""),
        info("version 2", AttestationCode.ENDORSEMENT_MALFORMED, "n\":3", "n\":2"),
        identity("version 3", AttestationCode.ENDORSEMENT_MALFORMED, "n\":2", "n\":3"),
        info("type of TCB", AttestationCode.ENDORSEMENT_MALFORMED, "Type\":0", "Type\":1"),
        info("status unknown", AttestationCode.ENDORSEMENT_MALFORMED, "UpToDate", "Fine"),
        info("no status", AttestationCode.ENDORSEMENT_MALFORMED, "tcbStatus", "tcbState"),
        info("no levels' parts", AttestationCode.ENDORSEMENT_MALFORMED, "\"tcb\":", "\"tcp\":"),
        info(
            "levels no list",
            AttestationCode.ENDORSEMENT_MALFORMED,
            "[{\"tcb\"",
            "7,\"x\":[{\"tcb\""),
        info("SVN too large", AttestationCode.ENDORSEMENT_MALFORMED, "svn\":5}", "svn\":256}"),
        info("SVN negative", AttestationCode.ENDORSEMENT_MALFORMED, "svn\":5}", "svn\":-5}"),
        info("SVN a text", AttestationCode.ENDORSEMENT_MALFORMED, "svn\":5}", "svn\":\"5\"}"),
        info("SVN a fraction", AttestationCode.ENDORSEMENT_MALFORMED, "svn\":5}", "svn\":5.5}"),
        info("15 components", AttestationCode.ENDORSEMENT_MALFORMED, "{\"svn\":5},", ""),
        info("no hex", AttestationCode.ENDORSEMENT_MALFORMED, "00A06D", "00A0XD"),
        info("short hex", AttestationCode.ENDORSEMENT_MALFORMED, "00A06D", "00A0"),
        info("no date", AttestationCode.ENDORSEMENT_MALFORMED, "2026-05-20", "20 May"),
        info("member twice", AttestationCode.ENDORSEMENT_MALFORMED, "{", "{\"id\":\"SGX\","));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("documents")
  void refusesDocuments(String name, AttestationCode code, Consumer<TestCollateral> change) {
    TestCollateral collateral = new TestCollateral(INTEL);
    change.accept(collateral);
    refuses(code, SIGNER, collateral.documents());
  }

  @Test
  void toleratesALatenessThatIsNamed() {
    TestCollateral late =
        new TestCollateral(INTEL)
            .tcbInfo("2026-06-19", "2026-05-30")
            .qeIdentity("2026-06-21", "2026-05-31");
    TdxVerifier tolerating =
        new TdxVerifier(INTEL.roots(), TdxOptions.STRICT.toleratingLateness(Duration.ofDays(2)));
    TdxClaims claims = tolerating.verify(QUOTE, against(INTEL.endorsements(late)));
    assertEquals("2026-05-30T00:00:00Z", claims.values().get("collateral_next_update"));
    Refused.with(
        AttestationCode.COLLATERAL_STALE,
        () ->
            tolerating.verify(
                QUOTE,
                new Verification(INTEL.endorsements(late), null, TestIntel.NOW.plusSeconds(1))));
  }

  @Test
  void takesTheSignatureOverTheExactBytes() {
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    String info = text(documents.get(0));
    // White space outside of the signed object is nobody's; inside it is not what was signed.
    verify(
        SIGNER,
        List.of(
            bytes(" " + info.replace(",\"signature\"", " ,\n\"signature\"") + "\n"),
            documents.get(1)));
    for (String changed :
        List.of(
            info.replace("{\"id\"", "{ \"id\""),
            info.replace("\"TDX\"", "\"\\u0054DX\""),
            info.replace("00A06D080000", "00a06d080000"),
            info.replace("}]},\"signature\"", "}],\"more\":1},\"signature\""))) {
      refuses(
          AttestationCode.COLLATERAL_INVALID, SIGNER, List.of(bytes(changed), documents.get(1)));
    }
  }

  @Test
  void refusesADocumentThatIsNotOneSignedObject() {
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    String info = text(documents.get(0));
    for (String wrong :
        List.of(
            "{\"tcbInfo\":",
            "{\"tcbInfo\":7,\"signature\":\"00\"}",
            "{\"tcbInfo\":{}}",
            "{\"tcbInfo\":{},\"signature\":\"00\"}",
            "{\"tcbInfo\":{},\"signature\":7}",
            info + "{}",
            info.replaceFirst("\\{", "{\"tcbInfo\":{},"),
            info.replaceFirst("\\{", "{\"enclaveIdentity\":{},"),
            "{\"a\":".repeat(40) + "1" + "}".repeat(40))) {
      refuses(
          AttestationCode.ENDORSEMENT_MALFORMED, SIGNER, List.of(bytes(wrong), documents.get(1)));
    }
  }

  @Test
  void refusesOneDocumentUnderTheNameOfTheOther() {
    List<Bytes> documents = new TestCollateral(INTEL).documents();
    refuses(
        AttestationCode.ENDORSEMENT_MALFORMED,
        SIGNER,
        List.of(
            documents.get(0), bytes(text(documents.get(0)).replace("tcbInfo", "enclaveIdentity"))));
  }

  @Test
  void passesOverCollateralOfOthers() {
    verify(
        SIGNER,
        Stream.concat(
                Stream.of(bytes("{\"of\":[\"another\",{\"vendor\":true}]}")),
                new TestCollateral(INTEL).documents().stream())
            .toList());
  }

  @Test
  void countsTheLatestOfSeveral() {
    TestCollateral later =
        new TestCollateral(INTEL)
            .tcbInfo("Number\":18", "Number\":19")
            .tcbInfo("\"UpToDate\"", "\"OutOfDate\"")
            .tcbInfo("\"UpToDate\"", "\"OutOfDate\"");
    List<Bytes> both =
        Stream.concat(new TestCollateral(INTEL).documents().stream(), later.documents().stream())
            .toList();
    refuses(AttestationCode.TCB_STATUS_REFUSED, SIGNER, both);
    refuses(AttestationCode.TCB_STATUS_REFUSED, SIGNER, both.reversed());
    TestCollateral platform = new TestCollateral(INTEL).tcbInfo("00A06D08", "00A06D09");
    verify(
        SIGNER,
        Stream.concat(platform.documents().stream(), new TestCollateral(INTEL).documents().stream())
            .toList());
  }

  @Test
  void refusesOtherSigners() {
    TestIntel other = new TestIntel();
    // Another root's; and, under the same root, a platform's own key, which its owner may have.
    refuses(
        AttestationCode.ROOT_UNKNOWN,
        other.tcbSigning.certificate(),
        new TestCollateral(other).documents());
    refuses(AttestationCode.COLLATERAL_INVALID, SIGNER, new TestCollateral(other).documents());
    refuses(
        AttestationCode.ENDORSEMENT_MISSING,
        INTEL.pck.certificate(),
        new TestCollateral(INTEL.pck.key()).documents());
    TestIntel.Holder below = TestIntel.issue(TestIntel.TCB_SIGNING, INTEL.platformCa, false, null);
    Refused.with(
        AttestationCode.ROOT_UNKNOWN,
        () ->
            verifier.verify(
                QUOTE,
                against(
                    new Endorsements(
                        List.of(below.certificate(), INTEL.platformCa.certificate()),
                        INTEL.crls(),
                        new TestCollateral(below.key()).documents()))));
  }

  @Test
  void findsTheSignerAmongSeveral() {
    TestIntel.Holder former = TestIntel.issue(TestIntel.TCB_SIGNING, INTEL.root, false, null);
    Endorsements endorsements =
        new Endorsements(
            List.of(former.certificate(), INTEL.root.certificate(), SIGNER),
            INTEL.crls(),
            new TestCollateral(INTEL).documents());
    verifier.verify(QUOTE, against(endorsements));
  }

  private void verify(X509Certificate signer, List<Bytes> documents) {
    verifier.verify(QUOTE, against(new Endorsements(List.of(signer), INTEL.crls(), documents)));
  }

  private void refuses(AttestationCode code, X509Certificate signer, List<Bytes> documents) {
    Refused.with(code, () -> verify(signer, documents));
  }

  private static Verification against(Endorsements endorsements) {
    return new Verification(endorsements, null, TestIntel.NOW);
  }

  private static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Bytes bytes) {
    return new String(bytes.array(), StandardCharsets.UTF_8);
  }

  private static Arguments info(String name, AttestationCode code, String from, String to) {
    Consumer<TestCollateral> change = collateral -> collateral.tcbInfo(from, to);
    return Arguments.of("TCB info: " + name, code, change);
  }

  private static Arguments identity(String name, AttestationCode code, String from, String to) {
    Consumer<TestCollateral> change = collateral -> collateral.qeIdentity(from, to);
    return Arguments.of("identity: " + name, code, change);
  }
}
