package dev.strongroom.attestation.nvidia;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static dev.strongroom.attestation.x509.TestAuthority.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.TestAuthority;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/** Devices with a PKI of their own, which sign reports that are changed in one place. */
class NvidiaDeviceTest {
  private static final TestAuthority ROOT = TestAuthority.root("Devices");
  private static final TestAuthority MODEL = ROOT.issuing("GH100").authority(null).issue();
  private static final ASN1ObjectIdentifier COMPOSITE = new ASN1ObjectIdentifier("2.23.133.5.4.1");
  private static final ASN1ObjectIdentifier TCB_INFO = new ASN1ObjectIdentifier("2.23.133.5.4.1.1");
  private static final ASN1ObjectIdentifier SHA384 =
      new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.2");
  private static final String NAME = "NVIDIA:GH100:48B02D51C9C1070B";
  private static final byte[] REPORT =
      HexFormat.of().parseHex(Vectors.text("hopperAttestationReportExpired.txt").strip());
  private static final byte[] FWID =
      HexFormat.of()
          .parseHex(
              "e9960d6a289c80281e29b85287ca5ec342297589d2f5a95aef82cf3fd2520f3370756e5d63633c2b2c9c1f10e7775033");

  private final NvidiaVerifier verifier =
      new NvidiaVerifier(
          new PinnedRoots(List.of(ROOT.certificate()), List.of()), NvidiaVerifier.rimRoots());

  private static TestAuthority leaf(String name, ASN1ObjectIdentifier oid, ASN1Encodable dice) {
    return MODEL
        .issuing("Leaf")
        .extension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .extension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                new GeneralName(
                    GeneralName.otherName,
                    sequence(
                        new ASN1ObjectIdentifier("1.3.6.1.4.1.412.274.1"),
                        new DERTaggedObject(true, 0, new DERUTF8String(name))))))
        .extension(oid, false, dice)
        .issue();
  }

  private static DERSequence sequence(ASN1Encodable... parts) {
    return new DERSequence(parts);
  }

  private static DERSequence composite(byte[] fwid) {
    return sequence(new ASN1Integer(1), sequence(), digest(fwid));
  }

  private static DERSequence digest(byte[] fwid) {
    return sequence(SHA384, new DEROctetString(fwid));
  }

  private static DERSequence tcbInfo(byte[] fwid, int flags) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(new DERTaggedObject(false, 6, sequence(digest(fwid), digest(new byte[48]))));
    fields.add(new DERTaggedObject(false, 7, new DERBitString(new byte[] {(byte) flags, 0, 0, 1})));
    return new DERSequence(fields);
  }

  private static byte[] sign(TestAuthority device, byte[] report) {
    byte[] signed = Arrays.copyOf(report, report.length - 96);
    byte[] whole = Arrays.copyOf(signed, report.length);
    byte[] signature = device.sign("SHA384withECDSAinP1363Format", signed);
    System.arraycopy(signature, 0, whole, signed.length, 96);
    return whole;
  }

  private NvidiaDevice verify(TestAuthority device, byte[] report, X509CRL... crls) {
    Endorsements endorsements =
        new Endorsements(
            List.of(MODEL.certificate(), device.certificate()), List.of(crls), List.of());
    return verifier
        .verify(sign(device, report), new Verification(endorsements, null, NOW))
        .devices()
        .getFirst();
  }

  @Test
  void theFirmwareOfReportAndCertificateIsTheSame() {
    assertEquals(Bytes.of(FWID), verify(leaf(NAME, COMPOSITE, composite(FWID)), REPORT).fwid());
    assertEquals(Bytes.of(FWID), verify(leaf(NAME, TCB_INFO, tcbInfo(FWID, 0x80)), REPORT).fwid());
    byte[] other = FWID.clone();
    other[0] ^= 1;
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        () -> verify(leaf(NAME, COMPOSITE, composite(other)), REPORT));
    assertRefused(
        AttestationCode.CERTIFICATE_MISMATCH,
        () -> verify(leaf(NAME, TCB_INFO, tcbInfo(other, 0)), REPORT));
  }

  @Test
  void devicesWhoseCertificateSaysDebugAreRefused() {
    for (int flags : new int[] {0x40, 0x20, 0x10, 0xd0}) {
      assertRefused(
          AttestationCode.DEBUG_ENABLED,
          () -> verify(leaf(NAME, TCB_INFO, tcbInfo(FWID, flags)), REPORT));
    }
  }

  @Test
  void certificatesOfNoDeviceAreRefused() {
    for (String name :
        List.of("AMD:GH100:48B0", "NVIDIA:GH100", "NVIDIA::48B0", "NVIDIA:GH100:48B0:1", "")) {
      assertRefused(
          AttestationCode.ENDORSEMENT_MALFORMED,
          () -> verify(leaf(name, COMPOSITE, composite(FWID)), REPORT));
    }
    for (ASN1Encodable dice :
        List.of(new ASN1Integer(1), sequence(), composite(new byte[32]), tcbInfo(FWID, 0))) {
      assertRefused(
          AttestationCode.ENDORSEMENT_MALFORMED, () -> verify(leaf(NAME, COMPOSITE, dice), REPORT));
    }
    for (ASN1Encodable dice : List.of(sequence(), composite(FWID), tcbInfo(new byte[32], 0))) {
      assertRefused(
          AttestationCode.ENDORSEMENT_MALFORMED, () -> verify(leaf(NAME, TCB_INFO, dice), REPORT));
    }
  }

  @Test
  void revokedDevicesAreRefused() {
    TestAuthority device = leaf(NAME, COMPOSITE, composite(FWID));
    Duration day = Duration.ofDays(1);
    X509CRL revoking = MODEL.crl(NOW.minus(day), NOW.plus(day), device.certificate());
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(device, REPORT, revoking));
  }

  @Test
  void anotherDeviceDoesNotSign() {
    TestAuthority device = leaf(NAME, COMPOSITE, composite(FWID));
    TestAuthority other = leaf(NAME, COMPOSITE, composite(FWID));
    Endorsements endorsements =
        new Endorsements(List.of(MODEL.certificate(), other.certificate()), List.of(), List.of());
    assertRefused(
        AttestationCode.SIGNATURE_INVALID,
        () -> verifier.verify(sign(device, REPORT), new Verification(endorsements, null, NOW)));
  }

  @Test
  void eachFieldOfTheFormIsHeldTo() {
    changed(AttestationCode.VERSION_UNKNOWN, 0, 0x12);
    changed(AttestationCode.EVIDENCE_MALFORMED, 1, 0xe1);
    changed(AttestationCode.EVIDENCE_MALFORMED, 2, 0);
    changed(AttestationCode.EVIDENCE_MALFORMED, 3, 1);
    changed(AttestationCode.EVIDENCE_MALFORMED, 36, 1);
    changed(AttestationCode.EVIDENCE_MALFORMED, 36, 8);
    changed(AttestationCode.VERSION_UNKNOWN, 37, 0x10);
    changed(AttestationCode.EVIDENCE_MALFORMED, 38, 0x7f);
    changed(AttestationCode.EVIDENCE_MALFORMED, 39, 1);
    changed(AttestationCode.EVIDENCE_MALFORMED, 40, 1);
    changed(AttestationCode.EVIDENCE_MALFORMED, 41, 0);
    changed(AttestationCode.EVIDENCE_TRAILING_BYTES, 41, 63);
    changed(AttestationCode.EVIDENCE_TRUNCATED, 41, 65);
    changed(AttestationCode.EVIDENCE_TRUNCATED, 44, 0xff);
    changed(AttestationCode.EVIDENCE_MALFORMED, 45, 2);
    changed(AttestationCode.EVIDENCE_MALFORMED, 46, 2);
    changed(AttestationCode.EVIDENCE_TRAILING_BYTES, 47, 52);
    changed(AttestationCode.EVIDENCE_TRUNCATED, 47, 50);
    changed(AttestationCode.EVIDENCE_MALFORMED, 49, 0x81);
    changed(AttestationCode.EVIDENCE_MALFORMED, 50, 47);
    int opaque = 45 + 3520 + 32;
    changed(AttestationCode.EVIDENCE_TRUNCATED, opaque + 1, 0xff);
    changed(AttestationCode.EVIDENCE_MALFORMED, opaque + 2, 99);
    // The board's id becomes a second VBIOS version.
    changed(AttestationCode.EVIDENCE_MALFORMED, opaque + 14, 6);
    // The board's id becomes a version of the form.
    changed(AttestationCode.VERSION_UNKNOWN, opaque + 14, 34);
    // A text with a control character.
    changed(AttestationCode.EVIDENCE_MALFORMED, opaque + 26, 7);
  }

  private static void changed(AttestationCode code, int offset, int value) {
    byte[] report = REPORT.clone();
    report[offset] = (byte) value;
    assertRefused(code, () -> NvidiaReport.parse(report));
  }
}
