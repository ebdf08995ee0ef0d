package dev.strongroom.attestation.snp;

import static dev.strongroom.attestation.snp.TestPki.NOW;
import static dev.strongroom.attestation.snp.TestPki.against;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.snp.TestPki.Certified;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no real report shows, under a root of the test's own. */
class SnpChainTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final TestPki milan = TestPki.of(Product.MILAN, SigningKey.VCEK);
  private final X509Certificate vcek = milan.leaf(SigningKey.VCEK, vcekExtensions());
  private final SnpVerifier verifier = verifier(milan.roots(), Revocation.CHECKED_WHERE_GIVEN);

  private static SnpVerifier verifier(PinnedRoots roots, Revocation revocation) {
    return new SnpVerifier(roots, revocation, Set.of(0));
  }

  private static Map<String, ASN1Encodable> vcekExtensions() {
    Map<String, ASN1Encodable> extensions = TestPki.extensions("Milan-B0", 3, 1, 8, 0x44);
    extensions.put("4", TestPki.bare(TestReport.chipId()));
    return extensions;
  }

  private static Map<String, ASN1Encodable> vlekExtensions() {
    Map<String, ASN1Encodable> extensions = TestPki.extensions("Milan", 3, 1, 8, 0x44);
    extensions.put("5", new DERIA5String("CN=cloud.example"));
    return extensions;
  }

  private static Map<String, ASN1Encodable> turinExtensions() {
    Map<String, ASN1Encodable> extensions = TestPki.extensions("Turin-B1", 2, 3, 4, 0x44);
    extensions.put("3.9", new ASN1Integer(1));
    extensions.put("4", TestPki.bare(Arrays.copyOf(TestReport.chipId(), 8)));
    return extensions;
  }

  private byte[] signed(TestReport report) {
    return report.signed(milan.leafKeys.getPrivate());
  }

  private void assertRefused(AttestationCode code, TestReport report) {
    assertRefused(code, verifier, signed(report), against(vcek));
  }

  private static void assertRefused(
      AttestationCode code, SnpVerifier verifier, byte[] report, Verification against) {
    AttestationException refused =
        assertThrows(AttestationException.class, () -> verifier.verify(report, against));
    assertEquals(code, refused.code(), refused.getMessage());
  }

  private void assertLeafRefused(AttestationCode code, Map<String, ASN1Encodable> extensions) {
    assertRefused(
        code, verifier, signed(new TestReport()), against(milan.leaf(SigningKey.VCEK, extensions)));
  }

  @Test
  void aReportOfVersionFiveVerifies() {
    SnpClaims claims =
        verifier.verify(
            signed(new TestReport().u64(0x1f8, 0b101).u64(0x200, Long.MIN_VALUE)), against(vcek));
    assertEquals(List.of(0L, 2L), claims.values().get("launch_mitigations"));
    assertEquals(List.of(63L), claims.values().get("current_mitigations"));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void reportsOfVersionsThreeAndFourVerify(int version) {
    verifier.verify(signed(new TestReport().u32(0, version)), against(vcek));
  }

  @Test
  void anotherKeyIsRefused() {
    KeyPair other = TestPki.newKeys();
    assertRefused(
        AttestationCode.SIGNATURE_INVALID,
        verifier,
        new TestReport().signed(other.getPrivate()),
        against(vcek));
  }

  @Test
  void aSignatureOfZerosIsRefused() {
    byte[] report = signed(new TestReport());
    Arrays.fill(report, 0x2a0, 0x330, (byte) 0);
    assertRefused(AttestationCode.SIGNATURE_INVALID, verifier, report, against(vcek));
  }

  @Test
  void anotherChipIsRefused() {
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH, new TestReport().chip(new byte[] {9, 9, 9}));
  }

  @Test
  void aMaskedChipIsKnownByItsVcek() {
    SnpClaims claims = verifier.verify(signed(new TestReport().fill(0x1a0, 64, 0)), against(vcek));
    assertEquals(Bytes.of(TestReport.chipId()), claims.chipId());
    assertEquals(true, claims.values().get("chip_id_masked"));
  }

  @Test
  void aWrappedHardwareIdIsReadToo() {
    Map<String, ASN1Encodable> extensions = vcekExtensions();
    extensions.put("4", TestPki.octets(TestReport.chipId()));
    SnpClaims claims =
        verifier.verify(signed(new TestReport()), against(milan.leaf(SigningKey.VCEK, extensions)));
    assertEquals(Bytes.of(TestReport.chipId()), claims.chipId());
  }

  @ParameterizedTest
  @CsvSource({"0x180, 0x4408000000000003", "0x180, 0x4308000000000103"})
  void aReportedTcbOtherThanTheCertificatesIsRefused(String offset, String tcb) {
    assertRefused(
        AttestationCode.TCB_MISMATCH,
        new TestReport().u64(Integer.decode(offset), Long.decode(tcb)));
  }

  @ParameterizedTest
  @CsvSource({
    // CURRENT_TCB below REPORTED, COMMITTED above CURRENT
    "0x38, 0x4308000000000103",
    "0x38, 0x4408000000000003",
    "0x1e0, 0x4508000000000103",
    "0x1e0, 0x4409000000000103",
  })
  void versionsThatCannotBeAreRefused(String offset, String tcb) {
    assertRefused(
        AttestationCode.TCB_MISMATCH,
        new TestReport().u64(Integer.decode(offset), Long.decode(tcb)));
  }

  @Test
  void aReportedTcbAboveTheCurrentIsRefused() {
    assertRefused(
        AttestationCode.TCB_MISMATCH,
        new TestReport().u64(0x1e0, 0).u64(0x38, 0x4408_0000_0000_0003L));
  }

  @Test
  void firmwareBelowTheCommittedIsRefused() {
    assertRefused(AttestationCode.TCB_MISMATCH, new TestReport().firmware(0x1ec, 1, 56, 0));
    assertRefused(AttestationCode.TCB_MISMATCH, new TestReport().firmware(0x1e8, 1, 55, 38));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x38", "0x180", "0x1e0", "0x1f0"})
  void reservedPartsOfATcbAreRefused(String offset) {
    assertRefused(
        AttestationCode.EVIDENCE_MALFORMED,
        new TestReport().u64(Integer.decode(offset), TestReport.TCB | 1L << 40));
  }

  @Test
  void anotherLaunchTcbIsAClaim() {
    SnpClaims claims = verifier.verify(signed(new TestReport().u64(0x1f0, 0)), against(vcek));
    assertEquals(new TcbVersion(null, 0, 0, 0, 0), claims.tcb().launch());
  }

  @ParameterizedTest
  @CsvSource({"0x19, 0x11", "0x1a, 0x02", "0x19, 0x30", "0x00, 0x00"})
  void aProcessorOfAnotherProductThanItsChainIsRefused(String family, String model) {
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        new TestReport().cpu(Integer.decode(family), Integer.decode(model)));
  }

  @Test
  void debugIsRefused() {
    assertRefused(AttestationCode.DEBUG_ENABLED, new TestReport().u64(0x08, 0x3_0000 | 1 << 19));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, -1})
  void otherLevelsAndTheHostAreRefused(int vmpl) {
    assertRefused(AttestationCode.VMPL_FORBIDDEN, new TestReport().u32(0x30, vmpl));
  }

  @Test
  void theHostIsRefusedEvenWhereEveryLevelIsAllowed() {
    SnpVerifier all =
        new SnpVerifier(milan.roots(), Revocation.CHECKED_WHERE_GIVEN, Set.of(0, 1, 2, 3));
    all.verify(signed(new TestReport().u32(0x30, 3)), against(vcek));
    assertRefused(
        AttestationCode.VMPL_FORBIDDEN, all, signed(new TestReport().u32(0x30, -1)), against(vcek));
    for (Set<Integer> wrong : List.of(Set.<Integer>of(), Set.of(4), Set.of(-1))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new SnpVerifier(milan.roots(), Revocation.CHECKED_WHERE_GIVEN, wrong));
    }
  }

  @Test
  void theBindingIsCompared() {
    byte[] bound = new byte[64];
    Arrays.fill(bound, (byte) 0xda);
    byte[] report = signed(new TestReport());
    Endorsements leaf = new Endorsements(List.of(vcek), List.of(), List.of());
    verifier.verify(report, new Verification(leaf, Bytes.of(bound), NOW));
    bound[0]++;
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        verifier,
        report,
        new Verification(leaf, Bytes.of(bound), NOW));
  }

  @Test
  void theFirstLeafThatHoldsCounts() {
    X509Certificate expired =
        milan.leaf("SEV-VCEK", vcekExtensions(), NOW.minus(Duration.ofDays(365)));
    X509Certificate stranger =
        TestPki.of(Product.MILAN, SigningKey.VCEK).leaf(SigningKey.VCEK, vcekExtensions());
    Endorsements many = new Endorsements(List.of(expired, stranger, vcek), List.of(), List.of());
    verifier.verify(signed(new TestReport()), new Verification(many, null, NOW));
    Endorsements none = new Endorsements(List.of(expired, stranger), List.of(), List.of());
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        verifier,
        signed(new TestReport()),
        new Verification(none, null, NOW));
    assertRefused(
        AttestationCode.ROOT_UNKNOWN, verifier, signed(new TestReport()), against(stranger));
  }

  @Test
  void aVlekVerifiesUnderItsAuthority() {
    TestPki pki = TestPki.of(Product.MILAN, SigningKey.VLEK);
    SnpVerifier vleks = verifier(pki.roots(), Revocation.CHECKED_WHERE_GIVEN);
    X509Certificate vlek = pki.leaf(SigningKey.VLEK, vlekExtensions());
    SnpClaims claims =
        vleks.verify(new TestReport().underVlek().signed(pki.leafKeys.getPrivate()), against(vlek));
    assertEquals("CN=cloud.example", claims.values().get("provider_id"));
    assertEquals(Bytes.of(TestReport.chipId()), claims.chipId());
    SnpClaims masked =
        vleks.verify(
            new TestReport()
                .underVlek()
                .fill(0x1a0, 64, 0)
                .u32(0x48, 1 << 2 | 1 << 1)
                .signed(pki.leafKeys.getPrivate()),
            against(vlek));
    assertNull(masked.chipId());
  }

  @Test
  void aReportThatNamesTheOtherKindOfKeyIsRefused() {
    TestPki pki = TestPki.of(Product.MILAN, SigningKey.VLEK);
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        verifier(pki.roots(), Revocation.CHECKED_WHERE_GIVEN),
        new TestReport().signed(pki.leafKeys.getPrivate()),
        against(pki.leaf(SigningKey.VLEK, vlekExtensions())));
    assertRefused(AttestationCode.CERTIFICATE_MISMATCH, new TestReport().underVlek());
  }

  @Test
  void anAuthorityCannotIssueTheOtherKind() {
    TestPki pki = TestPki.of(Product.MILAN, SigningKey.VLEK);
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        verifier(pki.roots(), Revocation.CHECKED_WHERE_GIVEN),
        new TestReport().signed(pki.leafKeys.getPrivate()),
        against(pki.leaf(SigningKey.VCEK, vcekExtensions())));
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        verifier,
        signed(new TestReport().underVlek()),
        against(milan.leaf(SigningKey.VLEK, vlekExtensions())));
  }

  @Test
  void anAuthorityOfOneProductUnderTheRootOfAnotherIsRefused() {
    Certified genoaRoot = TestPki.root(Product.GENOA.root());
    Certified authority = TestPki.authority(genoaRoot, "SEV-Milan", 7);
    TestPki mixed = TestPki.under(genoaRoot, authority);
    assertRefused(
        AttestationCode.CHAIN_INVALID,
        verifier(mixed.roots(), Revocation.CHECKED_WHERE_GIVEN),
        new TestReport().signed(mixed.leafKeys.getPrivate()),
        against(mixed.leaf(SigningKey.VCEK, vcekExtensions())));
  }

  @Test
  void aChainLongerThanAmdsIsRefused() {
    Certified between = TestPki.authority(milan.root, "SEV-Between", 8);
    TestPki longer = TestPki.under(milan.root, TestPki.authority(between, "SEV-Milan", 9));
    assertRefused(
        AttestationCode.CHAIN_INVALID,
        verifier(
            new PinnedRoots(
                List.of(milan.root.certificate()),
                List.of(between.certificate(), longer.authority.certificate())),
            Revocation.CHECKED_WHERE_GIVEN),
        new TestReport().signed(longer.leafKeys.getPrivate()),
        against(longer.leaf(SigningKey.VCEK, vcekExtensions())));
  }

  @Test
  void turinHasAnotherLayout() {
    TestPki turin = TestPki.of(Product.TURIN, SigningKey.VCEK);
    SnpVerifier turins = verifier(turin.roots(), Revocation.CHECKED_WHERE_GIVEN);
    byte[] chip = Arrays.copyOf(Arrays.copyOf(TestReport.chipId(), 8), 64);
    TestReport report = new TestReport().cpu(0x1a, 0x02).tcbs(TestReport.TURIN_TCB).chip(chip);
    byte[] signed = report.signed(turin.leafKeys.getPrivate());
    SnpClaims claims =
        turins.verify(signed, against(turin.leaf(SigningKey.VCEK, turinExtensions())));
    assertEquals(new TcbVersion(1, 2, 3, 4, 0x44), claims.tcb().reported());
    assertEquals(Bytes.of(chip), claims.chipId());
    assertEquals(
        Map.of("fmc", 1L, "boot_loader", 2L, "tee", 3L, "snp", 4L, "microcode", 0x44L),
        claims.values().get("current_tcb"));

    Map<String, ASN1Encodable> otherFmc = turinExtensions();
    otherFmc.put("3.9", new ASN1Integer(2));
    assertRefused(
        AttestationCode.TCB_MISMATCH,
        turins,
        signed,
        against(turin.leaf(SigningKey.VCEK, otherFmc)));
    Map<String, ASN1Encodable> noFmc = turinExtensions();
    noFmc.remove("3.9");
    assertRefused(
        AttestationCode.ENDORSEMENT_MALFORMED,
        turins,
        signed,
        against(turin.leaf(SigningKey.VCEK, noFmc)));
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        turins,
        report.chip(TestReport.chipId()).signed(turin.leafKeys.getPrivate()),
        against(turin.leaf(SigningKey.VCEK, turinExtensions())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "3.1", "3.2", "3.3", "3.8", "4"})
  void aLeafWithoutOneOfItsExtensionsIsRefused(String extension) {
    Map<String, ASN1Encodable> extensions = vcekExtensions();
    extensions.remove(extension);
    assertLeafRefused(AttestationCode.ENDORSEMENT_MALFORMED, extensions);
  }

  @Test
  void aVlekWithoutProviderIsRefused() {
    TestPki pki = TestPki.of(Product.MILAN, SigningKey.VLEK);
    Map<String, ASN1Encodable> extensions = vlekExtensions();
    extensions.remove("5");
    assertRefused(
        AttestationCode.ENDORSEMENT_MALFORMED,
        verifier(pki.roots(), Revocation.CHECKED_WHERE_GIVEN),
        new TestReport().underVlek().signed(pki.leafKeys.getPrivate()),
        against(pki.leaf(SigningKey.VLEK, extensions)));
  }

  @Test
  void extensionsOfAnotherFormAreRefused() {
    Map<String, ASN1Encodable> wrong =
        Map.of(
            "3.1", new ASN1Integer(256),
            "3.2", new ASN1Integer(-1),
            "3.3", new DERIA5String("8"),
            "3.4", new ASN1Integer(1),
            "3.8", TestPki.bare(new byte[] {0x02, 0x01, 0x44, 0x00}),
            "3.9", new ASN1Integer(1),
            "2", new DERUTF8String("Milan"),
            "4", TestPki.bare(Arrays.copyOf(TestReport.chipId(), 8)));
    wrong.forEach((name, value) -> {
      Map<String, ASN1Encodable> extensions = vcekExtensions();
      extensions.put(name, value);
      assertLeafRefused(AttestationCode.ENDORSEMENT_MALFORMED, extensions);
    });
    for (byte[] id : List.of(new byte[64], new byte[63], new byte[0])) {
      Map<String, ASN1Encodable> extensions = vcekExtensions();
      extensions.put("4", TestPki.octets(id));
      assertLeafRefused(AttestationCode.ENDORSEMENT_MALFORMED, extensions);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Genoa-B1", "Turin", "Milano", ""})
  void aLeafOfAnotherProductNameIsRefused(String name) {
    Map<String, ASN1Encodable> extensions = vcekExtensions();
    extensions.put("2", new DERIA5String(name));
    assertLeafRefused(AttestationCode.CERTIFICATE_MISMATCH, extensions);
  }

  @Test
  void anAuthorityOnTheRevocationListIsRefused() {
    X509CRL list = milan.list(NOW.minus(DAY), NOW.plus(DAY), 7);
    assertRefused(
        AttestationCode.CERTIFICATE_REVOKED,
        verifier,
        signed(new TestReport()),
        against(vcek, list));
  }

  /** AMD has a list for VCEKs and one for VLEKs, both signed by the same root. */
  @Test
  void anOlderListOfTheSameIssuerCountsToo() {
    X509CRL older = milan.list(NOW.minus(DAY.multipliedBy(2)), NOW.plus(DAY), 7);
    X509CRL newer = milan.list(NOW.minus(DAY), NOW.plus(DAY), 99);
    assertRefused(
        AttestationCode.CERTIFICATE_REVOKED,
        verifier,
        signed(new TestReport()),
        against(vcek, newer, older));
  }

  @Test
  void aListThatIsGivenMustBeCurrent() {
    for (X509CRL list :
        List.of(
            milan.list(NOW.minus(DAY.multipliedBy(2)), NOW.minus(DAY)),
            milan.list(NOW.plus(DAY), NOW.plus(DAY.multipliedBy(2))))) {
      assertRefused(
          AttestationCode.COLLATERAL_STALE,
          verifier,
          signed(new TestReport()),
          against(vcek, list));
    }
  }

  @Test
  void listsCanBeRequired() {
    SnpVerifier strict = verifier(milan.roots(), Revocation.REQUIRED_FOR_AUTHORITIES);
    assertRefused(
        AttestationCode.ENDORSEMENT_MISSING, strict, signed(new TestReport()), against(vcek));
    X509CRL ofAnother =
        TestPki.of(Product.MILAN, SigningKey.VCEK).list(NOW.minus(DAY), NOW.plus(DAY));
    assertRefused(
        AttestationCode.ENDORSEMENT_MISSING,
        strict,
        signed(new TestReport()),
        against(vcek, ofAnother));
    X509CRL list = milan.list(NOW.minus(DAY), NOW.plus(DAY), 99);
    strict.verify(signed(new TestReport()), against(vcek, list));
    Instant later = NOW.plus(DAY.multipliedBy(2));
    assertRefused(
        AttestationCode.COLLATERAL_STALE,
        strict,
        signed(new TestReport()),
        new Verification(new Endorsements(List.of(vcek), List.of(list), List.of()), null, later));
  }
}
