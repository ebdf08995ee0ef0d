package dev.strongroom.testkit.attest;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * GPUs of NVIDIA's Hopper whose firmware is this class: SPDM 1.1 measurement reports (DSP0274) of
 * one measurement, under a chain of the shape of NVIDIA's, with a root of its own. What verifies
 * them must be given that root.
 */
public final class NvidiaGpu {
  private static final int SIGNATURE_BYTES = 96;
  private static final int DIGEST_BYTES = 48;

  private final KeyPair keys = keys();
  private final X509Certificate root;
  private final X509Certificate leaf;

  /**
   * @param serial of the device, 16 hexadecimal digits
   */
  public NvidiaGpu(String serial) {
    KeyPair rootKeys = keys();
    try {
      this.root = certificate("Devices", rootKeys, rootKeys, null);
      this.leaf = certificate("GH100 " + serial, keys, rootKeys, serial);
    } catch (Exception e) {
      throw new IllegalStateException("a chain can be made", e);
    }
  }

  /** What stands for NVIDIA's root. */
  public X509Certificate root() {
    return root;
  }

  /**
   * Request and response, as the driver's library gives them.
   *
   * @param nonce 32 bytes
   */
  public byte[] report(byte[] nonce) {
    int record = 4 + 3 + DIGEST_BYTES;
    ByteBuffer report =
        ByteBuffer.allocate(37 + 8 + record + 32 + 2 + SIGNATURE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    report.putInt(0xff01e011).put(nonce).put((byte) 0);
    // Response: version, code, parameter, slot; one block; its length in three bytes.
    report.put(new byte[] {0x11, 0x60, 0, 0, 1, (byte) record, 0, 0});
    report.put(new byte[] {1, 1}).putShort((short) (3 + DIGEST_BYTES));
    report.put((byte) 0).putShort((short) DIGEST_BYTES).put(new byte[DIGEST_BYTES]);
    report.put(new byte[32]).putShort((short) 0);
    try {
      Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
      signature.initSign(keys.getPrivate());
      signature.update(report.array(), 0, report.position());
      return report.put(signature.sign()).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a report can be signed", e);
    }
  }

  /** The device's chain, PEM. */
  public byte[] chain() {
    StringBuilder pem = new StringBuilder();
    try {
      for (X509Certificate each : new X509Certificate[] {leaf, root}) {
        pem.append("-----BEGIN CERTIFICATE-----\n")
            .append(Base64.getMimeEncoder().encodeToString(each.getEncoded()))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate can be encoded", e);
    }
    return pem.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Evidence of this one device, as the list of NVIDIA's attestation SDK. */
  public byte[] evidence(byte[] nonce) {
    Base64.Encoder base64 = Base64.getEncoder();
    return "[{\"arch\":\"HOPPER\",\"certificate\":\"%s\",\"evidence\":\"%s\",\"nonce\":\"%s\"}]"
        .formatted(
            base64.encodeToString(chain()),
            base64.encodeToString(report(nonce)),
            HexFormat.of().formatHex(nonce))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp384r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-384", e);
    }
  }

  private static X509Certificate certificate(
      String subject, KeyPair keys, KeyPair issuerKeys, @Nullable String serial) throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=Devices"),
            BigInteger.valueOf(serial == null ? 1 : 2),
            Date.from(now.minus(Duration.ofDays(1))),
            Date.from(now.plus(Duration.ofDays(30))),
            new X500Name("CN=" + subject),
            keys.getPublic());
    if (serial == null) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    } else {
      addDevice(builder, serial);
    }
    byte[] der =
        builder
            .build(new JcaContentSignerBuilder("SHA384withECDSA").build(issuerKeys.getPrivate()))
            .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  // The SPDM device name, and the digest of the firmware (DICE composite device id).
  private static void addDevice(JcaX509v3CertificateBuilder builder, String serial)
      throws Exception {
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName(
                GeneralName.otherName,
                sequence(
                    new ASN1ObjectIdentifier("1.3.6.1.4.1.412.274.1"),
                    new DERTaggedObject(true, 0, new DERUTF8String("NVIDIA:GH100:" + serial))))));
    builder.addExtension(
        new ASN1ObjectIdentifier("2.23.133.5.4.1"),
        false,
        sequence(
            new ASN1Integer(1),
            sequence(),
            sequence(
                new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.2"),
                new DEROctetString(new byte[DIGEST_BYTES]))));
  }

  private static DERSequence sequence(ASN1Encodable... parts) {
    return new DERSequence(parts);
  }
}
