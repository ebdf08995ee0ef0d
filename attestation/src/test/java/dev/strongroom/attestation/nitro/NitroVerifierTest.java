package dev.strongroom.attestation.nitro;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static dev.strongroom.attestation.nitro.TestEnclave.LEAF;
import static dev.strongroom.attestation.nitro.TestEnclave.PARENT;
import static dev.strongroom.attestation.nitro.TestEnclave.ROOT;
import static dev.strongroom.attestation.nitro.TestEnclave.der;
import static dev.strongroom.attestation.nitro.TestEnclave.filled;
import static dev.strongroom.attestation.nitro.TestEnclave.pcrs;
import static dev.strongroom.attestation.x509.TestAuthority.BEFORE;
import static dev.strongroom.attestation.x509.TestAuthority.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.TestAuthority;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NitroVerifierTest {
  private static final Bytes NONCE = Bytes.of(filled(32, 7));

  private final NitroVerifier verifier =
      new NitroVerifier(TestEnclave.PINNED, NitroVerifier.STANDARD_AGE);

  private NitroClaims verify(byte[] evidence) {
    return verify(evidence, NONCE);
  }

  private NitroClaims verify(byte[] evidence, @Nullable Bytes binding, X509CRL... crls) {
    return verifier.verify(
        evidence,
        new Verification(new Endorsements(List.of(), List.of(crls), List.of()), binding, NOW));
  }

  private void refused(AttestationCode code, TestEnclave enclave) {
    byte[] document = enclave.document();
    assertRefused(code, () -> verify(document));
  }

  private void malformed(String field, CborBytes value) {
    byte[] document = new TestEnclave().with(field, value).document();
    assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> verify(document));
  }

  @Test
  void taggedOrNotOpenOrNotItIsTheSameDocument() {
    TestEnclave enclave = new TestEnclave();
    NitroClaims claims = verify(enclave.document());
    assertEquals("i-1-enc2", claims.moduleId());
    assertEquals(NONCE, claims.nonce());
    byte[] tagged =
        new CborBytes().raw(0xd2).array(4).raw(enclave.parts(enclave.payload())).array();
    assertEquals(claims, verify(tagged));
    byte[] open = new CborBytes().raw(0xbf).raw(enclave.pairs()).raw(0xff).array();
    assertEquals(claims, verify(enclave.document(open)));
    assertNull(claims.userData());
    NitroClaims lean = verify(enclave.without("public_key").without("user_data").document());
    assertEquals(claims, lean);
  }

  @Test
  void whatTheEnclaveGaveIsClaimed() {
    NitroClaims claims =
        verify(
            new TestEnclave()
                .with("public_key", new CborBytes().bytes(filled(1024, 1)))
                .with("user_data", new CborBytes().bytes(filled(512, 2)))
                .document());
    assertEquals("01".repeat(1024), claims.values().get("public_key"));
    assertEquals("02".repeat(512), claims.values().get("user_data"));
    assertEquals(NONCE.hex(), claims.values().get("nonce"));
  }

  @Test
  void theNonceBindsWhole() {
    byte[] document = new TestEnclave().document();
    assertEquals(NONCE, verify(document, null).nonce());
    for (Bytes other :
        List.of(
            Bytes.of(filled(31, 7)),
            Bytes.of(filled(33, 7)),
            Bytes.of(filled(32, 8)),
            NONCE.padded(64))) {
      assertRefused(AttestationCode.BINDING_MISMATCH, () -> verify(document, other));
    }
    byte[] padded =
        new TestEnclave().with("nonce", new CborBytes().bytes(NONCE.padded(64).array())).document();
    assertRefused(AttestationCode.BINDING_MISMATCH, () -> verify(padded));
    byte[] elsewhere =
        new TestEnclave()
            .without("nonce")
            .with("user_data", new CborBytes().bytes(NONCE.array()))
            .with("public_key", new CborBytes().bytes(NONCE.array()))
            .document();
    assertRefused(AttestationCode.BINDING_MISMATCH, () -> verify(elsewhere));
  }

  @Test
  void enclavesInDebugModeAreRefused() {
    refused(AttestationCode.DEBUG_ENABLED, new TestEnclave().with("pcrs", pcrs(0, 0, 0, 0)));
    refused(AttestationCode.DEBUG_ENABLED, new TestEnclave().with("pcrs", pcrs(0, 2, 3)));
    refused(AttestationCode.DEBUG_ENABLED, new TestEnclave().with("pcrs", pcrs(1, 0, 3)));
    refused(AttestationCode.DEBUG_ENABLED, new TestEnclave().with("pcrs", pcrs(1, 2, 0)));
  }

  @Test
  void documentsOfAnotherTimeAreRefused() {
    long bound = NitroVerifier.STANDARD_AGE.toMillis();
    for (long offset : new long[] {-bound - 1, bound + 1}) {
      refused(AttestationCode.EVIDENCE_STALE, made(offset));
    }
    for (long offset : new long[] {-bound, bound}) {
      assertEquals(
          NOW.plus(Duration.ofMillis(offset)), verify(made(offset).document()).timestamp());
    }
    refused(
        AttestationCode.EVIDENCE_STALE,
        new TestEnclave().with("timestamp", new CborBytes().unsigned(Long.MAX_VALUE)));
  }

  private static TestEnclave made(long offset) {
    return new TestEnclave()
        .with("timestamp", new CborBytes().unsigned(NOW.toEpochMilli() + offset));
  }

  @Test
  void testRootsAreRefusedByWhatShips() {
    byte[] document = new TestEnclave().document();
    assertRefused(
        AttestationCode.ROOT_UNKNOWN,
        () ->
            NitroVerifier.standard()
                .verify(document, new Verification(Endorsements.NONE, NONCE, NOW)));
  }

  @Test
  void theBundleBeginsWithThePinnedRootAndLeadsToIt() {
    TestAuthority root = TestAuthority.root("test.nitro-enclaves");
    TestAuthority instance = root.issuing("i-1").authority(0).issue();
    TestAuthority leaf = TestEnclave.leaf(instance).issue();
    refused(
        AttestationCode.ROOT_UNKNOWN,
        new TestEnclave()
            .signedBy(leaf)
            .with("cabundle", new CborBytes().array(2).bytes(der(root)).bytes(der(instance))));
    refused(
        AttestationCode.ROOT_UNKNOWN,
        new TestEnclave()
            .signedBy(leaf)
            .with("cabundle", new CborBytes().array(2).bytes(der(ROOT)).bytes(der(instance))));
    refused(
        AttestationCode.ROOT_UNKNOWN,
        new TestEnclave()
            .with("cabundle", new CborBytes().array(2).bytes(der(PARENT)).bytes(der(ROOT))));
    refused(
        AttestationCode.ROOT_UNKNOWN,
        new TestEnclave().with("cabundle", new CborBytes().array(1).bytes(der(ROOT))));
  }

  @Test
  void onlyTheKeyOfTheCertificateSigns() {
    TestAuthority other = TestEnclave.leaf(PARENT).issue();
    refused(
        AttestationCode.SIGNATURE_INVALID,
        new TestEnclave().signedBy(other).with("certificate", new CborBytes().bytes(der(LEAF))));
    byte[] payload = new TestEnclave().with("module_id", new CborBytes().text("i-2")).payload();
    byte[] parts = new TestEnclave().parts(new TestEnclave().payload());
    byte[] signature = Arrays.copyOfRange(parts, parts.length - 96, parts.length);
    byte[] swapped =
        new CborBytes()
            .array(4)
            .bytes(TestEnclave.ES384)
            .map(0)
            .bytes(payload)
            .bytes(signature)
            .array();
    assertRefused(AttestationCode.SIGNATURE_INVALID, () -> verify(swapped));
  }

  @Test
  void certificatesThatAreNotForThisAreRefused() {
    refused(
        AttestationCode.CERTIFICATE_EXPIRED,
        new TestEnclave()
            .signedBy(TestEnclave.leaf(PARENT).valid(BEFORE, NOW.minusSeconds(1)).issue()));
    refused(
        AttestationCode.CHAIN_INVALID,
        new TestEnclave().signedBy(PARENT.issuing("i-1-enc2").issue()));
    refused(
        AttestationCode.CHAIN_INVALID,
        new TestEnclave()
            .signedBy(
                PARENT
                    .issuing("i-1-enc2")
                    .extension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyAgreement))
                    .issue()));
    refused(
        AttestationCode.CHAIN_INVALID,
        new TestEnclave()
            .signedBy(
                ROOT.issuing("i-2")
                    .extension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .extension(
                        Extension.keyUsage,
                        true,
                        new KeyUsage(KeyUsage.keyCertSign | KeyUsage.digitalSignature))
                    .issue()));
    refused(
        AttestationCode.EVIDENCE_MALFORMED,
        new TestEnclave().with("certificate", new CborBytes().text("-----BEGIN CERTIFICATE-----")));
    malformed("certificate", new CborBytes().bytes(filled(10, 0x7b)));
    malformed("certificate", new CborBytes().bytes(filled(10, 0x30)));
    malformed("cabundle", new CborBytes().array(1).bytes(filled(10, 0x7b)));
  }

  @Test
  void keysOfAnotherCurveAreRefused() {
    TestAuthority p256 = TestEnclave.leaf(PARENT).keys(TestAuthority.newKeys("secp256r1")).issue();
    refused(
        AttestationCode.ALGORITHM_UNKNOWN,
        new TestEnclave().with("certificate", new CborBytes().bytes(der(p256))));
  }

  @Test
  void revocationListsThatComeAlongCount() {
    byte[] document = new TestEnclave().document();
    Duration day = Duration.ofDays(1);
    X509CRL good = PARENT.crl(NOW.minus(day), NOW.plus(day));
    assertEquals(NONCE, verify(document, NONCE, good).nonce());
    X509CRL revoking = PARENT.crl(NOW.minus(day), NOW.plus(day), LEAF.certificate());
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(document, NONCE, revoking));
    X509CRL above = ROOT.crl(NOW.minus(day), NOW.plus(day), PARENT.certificate());
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(document, NONCE, above));
    X509CRL stale = ROOT.crl(NOW.minus(day), NOW.minusSeconds(1));
    assertRefused(AttestationCode.COLLATERAL_STALE, () -> verify(document, NONCE, stale));
  }
}
