package dev.strongroom.attestation;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static dev.strongroom.attestation.x509.TestAuthority.AFTER;
import static dev.strongroom.attestation.x509.TestAuthority.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.x509.TestAuthority;
import java.nio.charset.StandardCharsets;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndorsementsTest {
  private static final TestAuthority ROOT = TestAuthority.root("Root");
  private static final TestAuthority OTHER = TestAuthority.root("Other");
  private static final X509CRL CRL = ROOT.crl(NOW, AFTER);

  private static String pem(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {10}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] der(TestAuthority authority) throws CertificateEncodingException {
    return authority.certificate().getEncoded();
  }

  private static void assertMalformed(byte[]... files) {
    assertRefused(AttestationCode.ENDORSEMENT_MALFORMED, () -> Endorsements.parse(List.of(files)));
  }

  @Test
  void pemMayHoldSeveralWithTextAround() throws Exception {
    String text =
        "subject=Root\n"
            + pem("CERTIFICATE", der(ROOT))
            + "subject=Other\r\n"
            + pem("CERTIFICATE", der(OTHER)).replace("\n", "\r\n")
            + pem("X509 CRL", CRL.getEncoded());
    Endorsements read = Endorsements.parse(List.of(bytes(text)));
    assertEquals(List.of(ROOT.certificate(), OTHER.certificate()), read.certificates());
    assertEquals(List.of(CRL), read.crls());
    assertEquals(List.of(), read.documents());
  }

  @Test
  void derAndJsonAreToldApart() throws Exception {
    byte[] json = bytes(" {\"tcbInfo\": {}}\n");
    Endorsements read = Endorsements.parse(List.of(json, CRL.getEncoded(), der(OTHER), der(ROOT)));
    assertEquals(List.of(OTHER.certificate(), ROOT.certificate()), read.certificates());
    assertEquals(List.of(CRL), read.crls());
    assertEquals(List.of(Bytes.of(json)), read.documents());
    Endorsements twice = read.and(Endorsements.NONE).and(read);
    assertEquals(4, twice.certificates().size());
    assertEquals(2, twice.crls().size());
    assertEquals(2, twice.documents().size());
  }

  @Test
  void garbageIsRefused() throws Exception {
    byte[] der = der(ROOT);
    assertMalformed(new byte[0]);
    assertMalformed(bytes("no endorsement"));
    assertMalformed(Arrays.copyOf(der, der.length - 1));
    assertMalformed(bytes(pem("PRIVATE KEY", der)));
    assertMalformed(bytes(pem("CERTIFICATE", CRL.getEncoded())));
    assertMalformed(bytes(pem("X509 CRL", der)));
    assertMalformed(bytes("-----BEGIN CERTIFICATE-----\nMII=A\n-----END CERTIFICATE-----\n"));
    assertMalformed(bytes("-----BEGIN CERTIFICATE-----\nMIIB"));
  }

  @Test
  void nothingIsPassedOverInSilence() throws CertificateEncodingException, CRLException {
    byte[] der = der(ROOT);
    byte[] two = Arrays.copyOf(der, der.length + 1);
    assertMalformed(two);
    byte[] list = CRL.getEncoded();
    assertMalformed(Arrays.copyOf(list, list.length + 1));
    String broken = pem("X509 CRL", list).replace("\n-----END", "!\n-----END");
    assertMalformed(bytes(pem("CERTIFICATE", der) + broken));
    assertMalformed(bytes(pem("CERTIFICATE", two)));
  }

  @Test
  void thereAreBounds() throws CertificateEncodingException {
    assertRefused(
        AttestationCode.ENDORSEMENT_MALFORMED,
        "more than 64",
        () -> Endorsements.parse(Collections.nCopies(65, bytes("{}"))));
    assertMalformed(new byte[(4 << 20) + 1]);
    String many = pem("CERTIFICATE", der(ROOT)).repeat(65);
    assertRefused(
        AttestationCode.ENDORSEMENT_MALFORMED,
        "more than 64",
        () -> Endorsements.parse(List.of(bytes(many))));
  }
}
