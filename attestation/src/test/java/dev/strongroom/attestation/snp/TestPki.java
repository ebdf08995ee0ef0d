package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** AMD's chain of a product, with keys of our own, for what no vector shows. */
final class TestPki {
  static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  private static final String ARC = "1.3.6.1.4.1.3704.1.";
  private static final Duration VALID = Duration.ofDays(30);

  /** A key and its certificate. */
  record Certified(KeyPair keys, X509Certificate certificate) {}

  final Certified root;
  final Certified authority;
  final KeyPair leafKeys = newKeys();

  private TestPki(Certified root, Certified authority) {
    this.root = root;
    this.authority = authority;
  }

  static TestPki of(Product product, SigningKey kind) {
    Certified root = root(product.root());
    return new TestPki(root, authority(root, product.authority(kind), 7));
  }

  static TestPki under(Certified root, Certified authority) {
    return new TestPki(root, authority);
  }

  static Certified root(String name) {
    KeyPair keys = newKeys();
    return new Certified(keys, certificate(name, keys, name, keys, 1, NOW, true, Map.of()));
  }

  static Certified authority(Certified root, String name, int serial) {
    KeyPair keys = newKeys();
    String issuer = CommonName.of(root.certificate().getSubjectX500Principal());
    return new Certified(
        keys, certificate(name, keys, issuer, root.keys(), serial, NOW, true, Map.of()));
  }

  PinnedRoots roots() {
    return new PinnedRoots(List.of(root.certificate()), List.of(authority.certificate()));
  }

  /** A leaf under the authority of this kind, with what {@link #extensions} has. */
  X509Certificate leaf(SigningKey kind, Map<String, ASN1Encodable> extensions) {
    return leaf(kind.subject(), extensions, NOW);
  }

  X509Certificate leaf(String subject, Map<String, ASN1Encodable> extensions, Instant middle) {
    return certificate(
        subject,
        leafKeys,
        CommonName.of(authority.certificate().getSubjectX500Principal()),
        authority.keys(),
        0,
        middle,
        false,
        extensions);
  }

  /** Extensions of a certificate by the last part of their identifier, to be changed. */
  static Map<String, ASN1Encodable> extensions(
      String productName, int bootLoader, int tee, int snp, int microcode) {
    Map<String, ASN1Encodable> extensions = new LinkedHashMap<>();
    extensions.put("1", new ASN1Integer(0));
    extensions.put("2", new DERIA5String(productName));
    extensions.put("3.1", new ASN1Integer(bootLoader));
    extensions.put("3.2", new ASN1Integer(tee));
    extensions.put("3.3", new ASN1Integer(snp));
    extensions.put("3.4", new ASN1Integer(0));
    extensions.put("3.8", new ASN1Integer(microcode));
    return extensions;
  }

  static ASN1Encodable bare(byte[] bytes) {
    return new Raw(Bytes.of(bytes));
  }

  static ASN1Encodable octets(byte[] bytes) {
    return new DEROctetString(bytes);
  }

  static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp384r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  X509CRL list(Instant from, Instant until, int... revoked) {
    try {
      X509v2CRLBuilder builder =
          new X509v2CRLBuilder(
              new X500Name(root.certificate().getSubjectX500Principal().getName()),
              Date.from(from));
      builder.setNextUpdate(Date.from(until));
      for (int serial : revoked) {
        builder.addCRLEntry(BigInteger.valueOf(serial), Date.from(from), CRLReason.keyCompromise);
      }
      byte[] encoded = builder.build(signer(root.keys().getPrivate())).getEncoded();
      return (X509CRL)
          CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(encoded));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Verification against(X509Certificate leaf, X509CRL... lists) {
    return new Verification(new Endorsements(List.of(leaf), List.of(lists), List.of()), null, NOW);
  }

  private static X509Certificate certificate(
      String subject,
      KeyPair keys,
      String issuer,
      KeyPair issuerKeys,
      int serial,
      Instant middle,
      boolean authority,
      Map<String, ASN1Encodable> extensions) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              BigInteger.valueOf(serial),
              Date.from(middle.minus(VALID)),
              Date.from(middle.plus(VALID)),
              new X500Name("CN=" + subject),
              keys.getPublic());
      if (authority) {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        builder.addExtension(
            Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      }
      for (Map.Entry<String, ASN1Encodable> each : extensions.entrySet()) {
        ASN1ObjectIdentifier oid = new ASN1ObjectIdentifier(ARC + each.getKey());
        if (each.getValue() instanceof Raw raw) {
          builder.addExtension(oid, false, raw.bytes().array());
        } else {
          builder.addExtension(oid, false, each.getValue());
        }
      }
      byte[] encoded = builder.build(signer(issuerKeys.getPrivate())).getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(encoded));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static ContentSigner signer(PrivateKey key) throws Exception {
    return new JcaContentSignerBuilder("SHA384withECDSA").build(key);
  }

  /** Bytes that stand in an extension as they are, as hwID does in most of AMD's certificates. */
  private record Raw(Bytes bytes) implements ASN1Encodable {
    @Override
    public ASN1Primitive toASN1Primitive() {
      throw new UnsupportedOperationException("it is no ASN.1");
    }
  }
}
