package dev.strongroom.testkit.attest;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A guest of AMD SEV-SNP on a Milan chip whose firmware is this class: reports of version 2 (AMD
 * publication 56860, section 7.3) under a chain of the shape of AMD's, with a root of its own. What
 * verifies them must be given that root.
 */
public final class SnpGuest {
  private static final int REPORT_BYTES = 1184;
  private static final int SIGNED_BYTES = 0x2a0;
  private static final int HALF = 48;
  private static final int FIELD = 72;
  private static final long TCB = 0x0008_0000_0000_0103L;
  private static final int MICROCODE_SHIFT = 56;
  private static final int FIRST_CHIP = 4;
  private static final long NO_DEBUG = 0x3_0000;
  private static final String ARC = "1.3.6.1.4.1.3704.1.";
  private static final byte[] VCEK_GUID =
      HexFormat.of().parseHex("63da758de6644564adc5f4b93be8accd");

  private final KeyPair chip = keys();
  private final KeyPair authorityKeys;
  private final X509Certificate root;
  private final X509Certificate authority;
  private X509Certificate vcek;
  private int microcode = 0x44;
  private final byte[] chipId = new byte[64];
  private byte[] measurement = filled(48, 0x3e);
  private long policy = NO_DEBUG;

  public SnpGuest() {
    KeyPair rootKeys = keys();
    this.authorityKeys = keys();
    nameChip(FIRST_CHIP);
    try {
      this.root = certificate("ARK-Milan", rootKeys, "ARK-Milan", rootKeys, 1);
      this.authority = certificate("SEV-Milan", authorityKeys, "ARK-Milan", rootKeys, 2);
    } catch (Exception e) {
      throw new IllegalStateException("a chain can be made", e);
    }
    this.vcek = vcek();
  }

  private SnpGuest(SnpGuest other, int first) {
    this.authorityKeys = other.authorityKeys;
    this.root = other.root;
    this.authority = other.authority;
    nameChip(first);
    this.vcek = vcek();
  }

  private void nameChip(int first) {
    for (int i = 0; i < chipId.length; i++) {
      chipId[i] = (byte) (i + first);
    }
  }

  private X509Certificate vcek() {
    try {
      return certificate("SEV-VCEK", chip, "SEV-Milan", authorityKeys, 0);
    } catch (Exception e) {
      throw new IllegalStateException("a certificate can be made", e);
    }
  }

  /**
   * A guest on another chip of the same vendor.
   *
   * @param first byte of the chip's id; this class's own begins with 4
   */
  public SnpGuest onAnotherChip(int first) {
    return new SnpGuest(this, first);
  }

  /** From now on the chip runs this microcode, 0 to 255; 68 at first. */
  public void runMicrocode(int version) {
    microcode = version;
    vcek = vcek();
  }

  /** What stands for AMD's root. */
  public X509Certificate root() {
    return root;
  }

  /** What stands for AMD's intermediate. */
  public X509Certificate authority() {
    return authority;
  }

  /** Lower case hexadecimal. */
  public String measurement() {
    return HexFormat.of().formatHex(measurement);
  }

  /** Lower case hexadecimal. */
  public String chipId() {
    return HexFormat.of().formatHex(chipId);
  }

  /** From now on the guest was launched with another image. */
  public void launch(int filling) {
    measurement = filled(measurement.length, filling);
  }

  /** From now on the host may debug the guest. */
  public void allowDebug() {
    policy = NO_DEBUG | 1 << 19;
  }

  /**
   * A report, and behind it the certificate table, as configfs-tsm gives them.
   *
   * @param reportData 64 bytes
   */
  public byte[] evidence(byte[] reportData) {
    byte[] table = certificateTable();
    byte[] evidence = Arrays.copyOf(report(reportData), REPORT_BYTES + table.length);
    System.arraycopy(table, 0, evidence, REPORT_BYTES, table.length);
    return evidence;
  }

  /**
   * The report alone.
   *
   * @param reportData 64 bytes
   */
  public byte[] report(byte[] reportData) {
    ByteBuffer report = ByteBuffer.allocate(REPORT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    report.putInt(0x00, 2).putLong(0x08, policy).putInt(0x34, 1);
    for (int offset : new int[] {0x38, 0x180, 0x1e0, 0x1f0}) {
      report.putLong(offset, TCB | (long) microcode << MICROCODE_SHIFT);
    }
    report.put(0x50, reportData).put(0x90, measurement);
    report.put(0x140, filled(32, 0x1d)).put(0x160, filled(32, 0xff)).put(0x1a0, chipId);
    for (int offset : new int[] {0x1e8, 0x1ec}) {
      report.put(offset, (byte) 39).put(offset + 1, (byte) 55).put(offset + 2, (byte) 1);
    }
    sign(report.array());
    return report.array();
  }

  // R and S as numbers of little endian, in fields of 72 bytes.
  private void sign(byte[] report) {
    try {
      Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
      signature.initSign(chip.getPrivate());
      signature.update(report, 0, SIGNED_BYTES);
      byte[] bigEndian = signature.sign();
      for (int i = 0; i < HALF; i++) {
        report[SIGNED_BYTES + i] = bigEndian[HALF - 1 - i];
        report[SIGNED_BYTES + FIELD + i] = bigEndian[2 * HALF - 1 - i];
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a report can be signed", e);
    }
  }

  private byte[] certificateTable() {
    try {
      byte[] der = vcek.getEncoded();
      int header = 2 * (VCEK_GUID.length + 8);
      return ByteBuffer.allocate(header + der.length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .put(VCEK_GUID)
          .putInt(header)
          .putInt(der.length)
          .put(header, der)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate can be encoded", e);
    }
  }

  private static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
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

  private X509Certificate certificate(
      String subject, KeyPair keys, String issuer, KeyPair issuerKeys, int serial)
      throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=" + issuer),
            BigInteger.valueOf(serial),
            Date.from(now.minus(Duration.ofDays(1))),
            Date.from(now.plus(Duration.ofDays(30))),
            new X500Name("CN=" + subject),
            keys.getPublic());
    if (serial == 0) {
      addChip(builder);
    } else {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    }
    byte[] der =
        builder
            .build(new JcaContentSignerBuilder("SHA384withECDSA").build(issuerKeys.getPrivate()))
            .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  // The chip and the security versions of {@link #TCB} (AMD publication 57230, section 3).
  private void addChip(JcaX509v3CertificateBuilder builder) throws Exception {
    builder.addExtension(oid("1"), false, new ASN1Integer(0));
    builder.addExtension(oid("2"), false, new DERIA5String("Milan-B0"));
    int[] versions = {3, 1, 8, 0, 0, 0, 0, microcode};
    for (int part : new int[] {1, 2, 3, 4, 8}) {
      builder.addExtension(oid("3." + part), false, new ASN1Integer(versions[part - 1]));
    }
    builder.addExtension(oid("4"), false, chipId);
  }

  private static ASN1ObjectIdentifier oid(String part) {
    return new ASN1ObjectIdentifier(ARC + part);
  }
}
