package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.TestAuthority;
import java.security.cert.CertificateEncodingException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;

/** An enclave with a PKI of its own, whose documents can be made wrong in each place. */
final class TestEnclave {
  static final TestAuthority ROOT = TestAuthority.root("test.nitro-enclaves");
  static final TestAuthority PARENT = ROOT.issuing("i-1").authority(0).issue();
  static final TestAuthority LEAF = leaf(PARENT).issue();
  static final PinnedRoots PINNED = new PinnedRoots(List.of(ROOT.certificate()), List.of());
  static final byte[] ES384 = new CborBytes().map(1).unsigned(1).negative(34).array();

  private final Map<String, byte[]> fields = new LinkedHashMap<>();
  private TestAuthority signer = LEAF;
  private byte[] protectedHeader = ES384;

  TestEnclave() {
    with("module_id", new CborBytes().text("i-1-enc2"));
    with("digest", new CborBytes().text("SHA384"));
    with("timestamp", new CborBytes().unsigned(TestAuthority.NOW.toEpochMilli()));
    with("pcrs", pcrs(1, 2, 3, 0));
    with("certificate", new CborBytes().bytes(der(LEAF)));
    with("cabundle", new CborBytes().array(2).bytes(der(ROOT)).bytes(der(PARENT)));
    with("public_key", new CborBytes().raw(0xf6));
    with("user_data", new CborBytes().raw(0xf6));
    with("nonce", new CborBytes().bytes(filled(32, 7)));
  }

  static TestAuthority.Issuing leaf(TestAuthority issuer) {
    return issuer
        .issuing("i-1-enc2")
        .extension(Extension.basicConstraints, true, new BasicConstraints(false))
        .extension(Extension.keyUsage, false, new KeyUsage(KeyUsage.digitalSignature));
  }

  static CborBytes pcrs(int... values) {
    CborBytes pcrs = new CborBytes().map(values.length);
    for (int i = 0; i < values.length; i++) {
      pcrs.unsigned(i).bytes(filled(48, values[i]));
    }
    return pcrs;
  }

  static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static byte[] der(TestAuthority authority) {
    try {
      return authority.certificate().getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  TestEnclave with(String field, CborBytes value) {
    fields.put(field, value.array());
    return this;
  }

  TestEnclave without(String field) {
    fields.remove(field);
    return this;
  }

  TestEnclave signedBy(TestAuthority other) {
    signer = other;
    return with("certificate", new CborBytes().bytes(der(other)));
  }

  TestEnclave protectedHeader(CborBytes header) {
    protectedHeader = header.array();
    return this;
  }

  /** Names and values, in order. */
  byte[] pairs() {
    CborBytes pairs = new CborBytes();
    fields.forEach((name, value) -> pairs.text(name).raw(value));
    return pairs.array();
  }

  byte[] payload() {
    return new CborBytes().map(fields.size()).raw(pairs()).array();
  }

  byte[] document() {
    return document(payload());
  }

  byte[] document(byte[] payload) {
    return new CborBytes().array(4).raw(parts(payload)).array();
  }

  /** What stands in the array of four. */
  byte[] parts(byte[] payload) {
    byte[] signed =
        new CborBytes()
            .array(4)
            .text("Signature1")
            .bytes(protectedHeader)
            .bytes(new byte[0])
            .bytes(payload)
            .array();
    return new CborBytes()
        .bytes(protectedHeader)
        .map(0)
        .bytes(payload)
        .bytes(signer.sign("SHA384withECDSAinP1363Format", signed))
        .array();
  }
}
