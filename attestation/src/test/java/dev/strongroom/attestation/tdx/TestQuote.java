package dev.strongroom.attestation.tdx;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/** A quote of version 5 with a body of TDX 1.5 that verifies, each part replaceable. */
final class TestQuote {
  static final byte[] REPORT_DATA = filled(64, 0x42);

  final KeyPair attestationKeys = TestIntel.keys();
  int version = 5;
  int keyType = 2;
  long tee = 0x81;
  byte[] vendor = HexFormat.of().parseHex("939a7233f79c4ca9940a0db3957f0607");
  int bodyType = 3;
  byte[] body = body();
  byte[] qeReport = qeReport();
  byte[] authenticationData = filled(32, 7);
  int outerType = 6;
  int innerType = 5;
  TestIntel.Holder pck;
  byte[] pem;
  boolean namesKey = true;
  Consumer<byte[]> afterSigning = quote -> {};

  TestQuote(TestIntel intel) {
    this(intel.pck, intel.platformCa.certificate(), intel.root.certificate());
  }

  TestQuote(TestIntel.Holder pck, X509Certificate... issuers) {
    this.pck = pck;
    StringBuilder text = new StringBuilder(pem(pck.certificate()));
    List.of(issuers).forEach(each -> text.append(pem(each)));
    pem = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As version 4, which has the body of TDX 1.0 and no descriptor. */
  TestQuote version4() {
    version = 4;
    body = Arrays.copyOf(body, TdReport.SIZE_1_0);
    return this;
  }

  TestQuote with(Consumer<TestQuote> change) {
    change.accept(this);
    return this;
  }

  /** Sets bytes of the body: TEE_TCB_SVN 0, SEAM signer 64, SEAM attributes 112, attributes 120. */
  TestQuote body(int offset, int... bytes) {
    set(body, offset, bytes);
    return this;
  }

  /**
   * Sets bytes of the QE's report: MISCSELECT 16, attributes 48, signer 128, product 256, SVN 258.
   */
  TestQuote qe(int offset, int... bytes) {
    set(qeReport, offset, bytes);
    return this;
  }

  byte[] build() {
    byte[] signed = signed();
    byte[] key = point();
    if (namesKey) {
      System.arraycopy(sha256(key, authenticationData), 0, qeReport, 320, 32);
    }
    byte[] certification =
        joined(
            qeReport,
            TestIntel.sign(pck.key(), qeReport),
            u16(authenticationData.length),
            authenticationData,
            u16(innerType),
            u32(pem.length),
            pem);
    byte[] section =
        joined(
            TestIntel.sign(attestationKeys.getPrivate(), signed),
            key,
            u16(outerType),
            u32(certification.length),
            certification);
    byte[] quote = joined(signed, u32(section.length), section);
    afterSigning.accept(quote);
    return quote;
  }

  private byte[] signed() {
    byte[] header = joined(u16(version), u16(keyType), u32(tee), new byte[4], vendor, new byte[20]);
    return version == 4
        ? joined(header, body)
        : joined(header, u16(bodyType), u32(body.length), body);
  }

  private byte[] point() {
    ECPublicKey key = (ECPublicKey) attestationKeys.getPublic();
    return joined(coordinate(key.getW().getAffineX()), coordinate(key.getW().getAffineY()));
  }

  private static byte[] coordinate(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] sized = new byte[32];
    int size = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - size, sized, 32 - size, size);
    return sized;
  }

  private static byte[] body() {
    byte[] body = new byte[TdReport.SIZE_1_5];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 7 + 1);
    }
    Arrays.fill(body, 0, 16, (byte) 3); // TEE_TCB_SVN
    set(body, 0, 5, 0);
    Arrays.fill(body, 64, 120, (byte) 0); // MRSIGNERSEAM, SEAMATTRIBUTES
    set(body, 120, 0, 0, 0, 0x10, 0, 0, 0, 0); // SEPT_VE_DISABLE
    System.arraycopy(REPORT_DATA, 0, body, 520, 64);
    return body;
  }

  private static byte[] qeReport() {
    byte[] report = new byte[EnclaveReport.SIZE];
    set(report, 48, 0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7);
    Arrays.fill(report, 64, 96, (byte) 0x33);
    byte[] signer =
        HexFormat.of().parseHex("dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5");
    System.arraycopy(signer, 0, report, 128, 32);
    set(report, 256, 2, 0, 4, 0);
    return report;
  }

  static String pem(X509Certificate certificate) {
    try {
      return pem(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String pem(byte[] der) {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END CERTIFICATE-----\n";
  }

  static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static byte[] u16(int value) {
    return ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) value).array();
  }

  static byte[] u32(long value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array();
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static void set(byte[] target, int offset, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      target[offset + i] = (byte) bytes[i];
    }
  }

  private static byte[] sha256(byte[]... parts) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(joined(parts));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
