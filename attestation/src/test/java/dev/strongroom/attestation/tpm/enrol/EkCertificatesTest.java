package dev.strongroom.attestation.tpm.enrol;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.TestPki;
import dev.strongroom.attestation.tpm.TestTpm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/** Certificates of endorsement keys, as they lie in NV indices. */
class EkCertificatesTest {
  private static final TestPki PKI = new TestPki();
  private static final KeyPair EK = TestTpm.rsa(HashAlgorithm.SHA256).pair();
  private static final X509Certificate CERTIFICATE = PKI.endorsementKey(EK.getPublic());

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EndorsementKey verify(byte[] certificate) {
    return verify(certificate, List.of());
  }

  private static EndorsementKey verify(byte[] certificate, List<X509CRL> crls) {
    return new EkCertificates(PKI.roots())
        .verify(
            certificate,
            new Endorsements(List.of(PKI.intermediate()), crls, List.of()),
            TestPki.NOW);
  }

  /** Its subject is empty, and its alternative name critical, as the profile has it. */
  @Test
  void oneWithoutASubjectVerifiesAndSaysWhatTheTpmIs() {
    assertEquals("", CERTIFICATE.getSubjectX500Principal().getName());
    EndorsementKey key = verify(der(CERTIFICATE));
    assertEquals(EK.getPublic(), key.key());
    assertEquals(
        Map.of("manufacturer", "id:54455354", "model", "Test", "version", "id:00010002"),
        key.attributes());
    assertEquals(HashAlgorithm.SHA256.digest(EK.getPublic().getEncoded()), key.device());
    var _ = verify(der(PKI.endorsementKey(TestPki.keys().getPublic())));
  }

  @Test
  void paddingOfTheIndexIsNotPartOfIt() {
    byte[] der = der(CERTIFICATE);
    for (int filler : new int[] {0xff, 0x00}) {
      byte[] padded = Arrays.copyOf(der, der.length + 300);
      Arrays.fill(padded, der.length, padded.length, (byte) filler);
      assertEquals(verify(der), verify(padded));
      padded[padded.length - 1] ^= 1;
      var _ = refused(AttestationCode.ENDORSEMENT_MALFORMED, () -> verify(padded));
    }
    byte[] other = Arrays.copyOf(der, der.length + 2);
    Arrays.fill(other, der.length, other.length, (byte) 0x30);
    var _ = refused(AttestationCode.ENDORSEMENT_MALFORMED, () -> verify(other));
  }

  @Test
  void noFlippedBitOrTruncationVerifies() {
    byte[] der = der(CERTIFICATE);
    // How many of the signature's last bits are not of it is not signed: where those are zeros
    // already, it is another spelling of the same certificate.
    int unusedBits = der.length - CERTIFICATE.getSignature().length - 1;
    for (int i = 0; i < der.length; i++) {
      if (i == unusedBits) {
        continue;
      }
      byte[] flipped = der.clone();
      flipped[i] ^= 4;
      assertThrows(AttestationException.class, () -> verify(flipped));
    }
    for (int length = 0; length < der.length; length++) {
      byte[] shorter = Arrays.copyOf(der, length);
      var _ = refused(AttestationCode.ENDORSEMENT_MALFORMED, () -> verify(shorter));
    }
  }

  @Test
  void anotherMakersOneIsRefused() {
    TestPki other = new TestPki();
    var _ =
        refused(
            AttestationCode.ROOT_UNKNOWN, () -> verify(der(other.endorsementKey(EK.getPublic()))));
  }

  @Test
  void anotherUseTimeOrKeyIsRefused() {
    for (X509Certificate other :
        List.of(
            leaf("1.3.6.1.5.5.7.3.1", 365, KeyUsage.keyEncipherment),
            leaf(TestPki.AIK_USAGE, 365, KeyUsage.keyEncipherment),
            leaf(TestPki.EK_USAGE, 365, KeyUsage.digitalSignature))) {
      var _ = refused(AttestationCode.CHAIN_INVALID, () -> verify(der(other)));
    }
    var _ =
        refused(
            AttestationCode.CERTIFICATE_EXPIRED,
            () -> verify(der(leaf(TestPki.EK_USAGE, -1, KeyUsage.keyEncipherment))));
    var _ =
        refused(
            AttestationCode.CERTIFICATE_REVOKED,
            () -> verify(der(CERTIFICATE), List.of(PKI.revocationOf(CERTIFICATE))));
    var _ =
        refused(
            AttestationCode.ALGORITHM_UNKNOWN,
            () -> verify(der(PKI.endorsementKey(p521().getPublic()))));
    var _ = refused(AttestationCode.CHAIN_INVALID, () -> verify(der(PKI.intermediate())));
  }

  private static X509Certificate leaf(String extendedUsage, int days, int usage) {
    return PKI.leaf(EK.getPublic(), extendedUsage, Duration.ofDays(days), usage, true);
  }

  private static KeyPair p521() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp521r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
