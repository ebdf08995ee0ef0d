package dev.strongroom.attestation.snp;

import static dev.strongroom.attestation.snp.Vectors.DEBUG_REPORT;
import static dev.strongroom.attestation.snp.Vectors.DEBUG_VCEK;
import static dev.strongroom.attestation.snp.Vectors.LATER;
import static dev.strongroom.attestation.snp.Vectors.MILAN_REPORT;
import static dev.strongroom.attestation.snp.Vectors.MILAN_VCEK;
import static dev.strongroom.attestation.snp.Vectors.THEN;
import static dev.strongroom.attestation.snp.Vectors.VLEK;
import static dev.strongroom.attestation.snp.Vectors.VLEK_REPORT;
import static dev.strongroom.attestation.snp.Vectors.against;
import static dev.strongroom.attestation.snp.Vectors.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports of real processors, with their declared outcomes. */
class SnpVectorsTest {
  private static final Bytes MILAN_REPORT_DATA = SnpReport.parse(bytes(MILAN_REPORT)).reportData();

  private final SnpVerifier verifier = SnpVerifier.standard();
  private final SnpVerifier paravisorVerifier =
      new SnpVerifier(SnpVerifier.amdRoots(), Revocation.CHECKED_WHERE_GIVEN, Set.of(0, 1));

  private void assertRefused(AttestationCode code, byte[] evidence, Verification against) {
    AttestationException refused =
        assertThrows(AttestationException.class, () -> verifier.verify(evidence, against));
    assertEquals(code, refused.code(), refused.getMessage());
  }

  @Test
  void aReportOfMilanVerifiesWithItsVcek() {
    SnpClaims claims =
        verifier.verify(bytes(MILAN_REPORT), against(MILAN_REPORT_DATA, THEN, MILAN_VCEK));
    assertEquals(EvidenceType.SNP, claims.type());
    assertEquals(Product.MILAN, claims.product());
    assertEquals(new TcbVersion(null, 3, 0, 8, 0x73), claims.tcb().reported());
    assertEquals(new TcbVersion(null, 3, 0, 8, 0xce), claims.tcb().current());
    assertEquals(claims.report().chipId(), claims.chipId());
    assertNull(claims.providerId());
    assertEquals(4, claims.report().guestSvn());
    assertEquals(0x1f, claims.report().policy().abiMinor());
    assertTrue(claims.report().policy().smtAllowed());
    assertFalse(claims.report().policy().migrationAgentAllowed());
    assertEquals(
        "a1f3930413247bb38cfc171579ea3c12d5fe4901f0c792f63fd75d98f1ef827c"
            + "23500644e0e692e6be917f9050d3d38c",
        claims.values().get("measurement"));
    assertEquals(
        Map.of("boot_loader", 3L, "tee", 0L, "snp", 8L, "microcode", 0x73L),
        claims.values().get("reported_tcb"));
    assertEquals(
        Map.of("major", 1L, "minor", 52L, "build", 4L), claims.values().get("current_firmware"));
    assertEquals(
        "c38427a30d4c7af9d96f7a15b97269825a64cb76a2352ffd5d18115d89ad473f"
            + "8e8c0bcd9a5d9286612bad4aadfb4426205a3b9e4fea82301135a170e477524e",
        claims.values().get("chip_id"));
  }

  @Test
  void claimsHaveNamesInSnakeCaseAndPlainValues() {
    assertPlain(verifier.verify(bytes(MILAN_REPORT), against(THEN, MILAN_VCEK)).values());
  }

  private static void assertPlain(Object value) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach((name, each) -> {
            assertTrue(name.toString().matches("[a-z][a-z0-9_]*"), name.toString());
            assertPlain(each);
          });
      case List<?> list -> list.forEach(SnpVectorsTest::assertPlain);
      default ->
          assertTrue(
              value instanceof String || value instanceof Long || value instanceof Boolean,
              value.getClass().toString());
    }
  }

  @Test
  void theEndorsementsMayComeInAnyOrderWithOthersAmongThem() {
    verifier.verify(
        bytes(MILAN_REPORT),
        against(
            THEN,
            "trustee/test-vcek-invalid-new.der",
            VLEK,
            "trustee/test-vcek-invalid-legacy.der",
            DEBUG_VCEK,
            MILAN_VCEK));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trustee/test-vcek-invalid-legacy.der",
        "trustee/test-vcek-invalid-new.der",
        DEBUG_VCEK
      })
  void aVcekOfAnotherChipIsRefused(String vcek) {
    assertRefused(AttestationCode.CERTIFICATE_MISMATCH, bytes(MILAN_REPORT), against(THEN, vcek));
  }

  @Test
  void aReportUnderAVlekVerifiesWhileTheLeafIsValid() {
    SnpClaims claims = paravisorVerifier.verify(bytes(VLEK_REPORT), against(THEN, VLEK));
    assertEquals(SigningKey.VLEK, claims.report().keys().signingKey());
    assertEquals("CN=cc-us-east-2.amazonaws.com", claims.providerId());
    assertNull(claims.chipId());
    assertEquals(true, claims.values().get("chip_id_masked"));
    assertFalse(claims.values().containsKey("chip_id"));
    assertEquals(Map.of("family", 0x19L, "model", 1L, "stepping", 1L), claims.values().get("cpu"));
    assertTrue(claims.report().platform().aliasCheckComplete());
    assertEquals(1L, claims.values().get("vmpl"));
  }

  @Test
  void aReportUnderAVlekIsRefusedAfterItsLeafExpired() {
    AttestationException refused =
        assertThrows(
            AttestationException.class,
            () -> paravisorVerifier.verify(bytes(VLEK_REPORT), against(LATER, VLEK)));
    assertEquals(AttestationCode.CERTIFICATE_EXPIRED, refused.code());
    Instant before = Instant.parse("2024-12-10T22:14:20Z");
    refused =
        assertThrows(
            AttestationException.class,
            () -> paravisorVerifier.verify(bytes(VLEK_REPORT), against(before, VLEK)));
    assertEquals(AttestationCode.CERTIFICATE_EXPIRED, refused.code());
  }

  @Test
  void aChainThatIsRememberedStillExpires() {
    paravisorVerifier.verify(bytes(VLEK_REPORT), against(THEN, VLEK));
    AttestationException refused =
        assertThrows(
            AttestationException.class,
            () -> paravisorVerifier.verify(bytes(VLEK_REPORT), against(LATER, VLEK)));
    assertEquals(AttestationCode.CERTIFICATE_EXPIRED, refused.code());
  }

  @Test
  void aReportFromVmplOneIsRefusedByDefault() {
    assertRefused(AttestationCode.VMPL_FORBIDDEN, bytes(VLEK_REPORT), against(THEN, VLEK));
  }

  @Test
  void aGuestThatCanBeDebuggedIsRefused() {
    assertRefused(AttestationCode.DEBUG_ENABLED, bytes(DEBUG_REPORT), against(THEN, DEBUG_VCEK));
  }

  @Test
  void aReportWithoutLeafIsRefused() {
    assertRefused(AttestationCode.ENDORSEMENT_MISSING, bytes(MILAN_REPORT), against(THEN));
  }

  @Test
  void aLeafOfTheOtherKindIsRefused() {
    assertRefused(AttestationCode.CERTIFICATE_MISMATCH, bytes(MILAN_REPORT), against(THEN, VLEK));
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH, bytes(VLEK_REPORT), against(THEN, MILAN_VCEK));
  }

  @Test
  void anotherBindingIsRefused() {
    byte[] other = MILAN_REPORT_DATA.array();
    other[63] ^= 1;
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        bytes(MILAN_REPORT),
        against(Bytes.of(other), THEN, MILAN_VCEK));
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        bytes(MILAN_REPORT),
        against(Bytes.of((byte) 0), THEN, MILAN_VCEK));
  }

  @Test
  void aRootThatComesAlongIsNotTrusted() {
    PinnedRoots amd = SnpVerifier.amdRoots();
    List<X509Certificate> others =
        amd.roots().stream()
            .filter(root -> !root.getSubjectX500Principal().getName().contains("ARK-Milan"))
            .toList();
    SnpVerifier withoutMilan =
        new SnpVerifier(
            new PinnedRoots(others, amd.intermediates()),
            Revocation.CHECKED_WHERE_GIVEN,
            Set.of(0));
    List<X509Certificate> everything = new ArrayList<>(amd.roots());
    everything.addAll(amd.intermediates());
    Verification against =
        Vectors.against(
            new Endorsements(everything, List.of(), List.of())
                .and(Vectors.endorsements(MILAN_VCEK)));
    verifier.verify(bytes(MILAN_REPORT), against);
    AttestationException refused =
        assertThrows(
            AttestationException.class, () -> withoutMilan.verify(bytes(MILAN_REPORT), against));
    assertEquals(AttestationCode.ROOT_UNKNOWN, refused.code());
  }

  @Test
  void theRootsAreThoseThatAmdPublishes() throws Exception {
    assertEquals(
        List.of(
            "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
            "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
            "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"),
        fingerprints(SnpVerifier.amdRoots().roots()));
  }

  @Test
  void theIntermediatesAreThoseThatAmdPublishes() throws Exception {
    assertEquals(
        List.of(
            "67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b",
            "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5",
            "5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521",
            "197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372",
            "5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185",
            "104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c"),
        fingerprints(SnpVerifier.amdRoots().intermediates()));
  }

  /** A chain of each product and kind holds, although leaves of Milan alone are at hand. */
  @Test
  void everyIntermediateLeadsToItsRoot() {
    ChainVerifier chains =
        new ChainVerifier(SnpVerifier.amdRoots(), Revocation.CHECKED_WHERE_GIVEN);
    for (X509Certificate each : SnpVerifier.amdRoots().intermediates()) {
      String name = CommonName.of(each.getSubjectX500Principal());
      String root =
          CommonName.of(
              chains.verify(each, List.of(), List.of(), THEN).root().getSubjectX500Principal());
      assertEquals(name.substring(name.lastIndexOf('-')), root.substring(root.lastIndexOf('-')));
    }
  }

  private static List<String> fingerprints(List<X509Certificate> certificates) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    List<String> all = new ArrayList<>();
    for (X509Certificate each : certificates) {
      all.add(HexFormat.of().formatHex(digest.digest(each.getEncoded())));
    }
    return all;
  }
}
