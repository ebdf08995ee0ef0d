package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** An authority that issues what Intel issues, under a root of its own. */
final class TestIntel {
  static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  static final String TCB_SIGNING = "Intel SGX TCB Signing";
  static final String PCK = "Intel SGX PCK Certificate";
  static final String PLATFORM_CA = "Intel SGX PCK Platform CA";

  private static final AtomicLong SERIAL = new AtomicLong(1000);

  /** A key and its certificate. */
  record Holder(KeyPair keys, X509Certificate certificate) {
    PrivateKey key() {
      return keys.getPrivate();
    }
  }

  final Holder root;
  final Holder platformCa;
  final Holder pck;
  final Holder tcbSigning;

  TestIntel() {
    KeyPair rootKeys = keys();
    root =
        new Holder(
            rootKeys, certificate("Intel SGX Root CA", rootKeys, null, rootKeys, true, null));
    platformCa = issue(PLATFORM_CA, root, true, null);
    pck = issue(PCK, platformCa, false, SgxExtension.standard());
    tcbSigning = issue(TCB_SIGNING, root, false, null);
  }

  static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static Holder issue(
      String name, Holder issuer, boolean isAuthority, @Nullable ASN1Encodable sgx) {
    KeyPair keys = keys();
    return new Holder(
        keys, certificate(name, keys, issuer.certificate(), issuer.keys(), isAuthority, sgx));
  }

  PinnedRoots roots() {
    return new PinnedRoots(List.of(root.certificate()), List.of());
  }

  List<X509CRL> crls() {
    return List.of(crl(root), crl(platformCa));
  }

  /** Everything that the standard quote needs. */
  Endorsements endorsements() {
    return endorsements(new TestCollateral(this));
  }

  Endorsements endorsements(TestCollateral collateral) {
    return new Endorsements(List.of(tcbSigning.certificate()), crls(), collateral.documents());
  }

  static X509CRL crl(Holder issuer, Holder... revoked) {
    return crl(issuer, NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(29)), revoked);
  }

  static X509CRL crl(Holder issuer, Instant from, Instant to, Holder... revoked) {
    try {
      X509v2CRLBuilder builder = new X509v2CRLBuilder(name(issuer.certificate()), Date.from(from));
      builder.setNextUpdate(Date.from(to));
      for (Holder each : revoked) {
        builder.addCRLEntry(each.certificate().getSerialNumber(), Date.from(from), 0);
      }
      return new JcaX509CRLConverter()
          .getCRL(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.key())));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** R and S, 64 bytes. */
  static byte[] sign(PrivateKey key, byte[] content) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A document as the service answers it. */
  static byte[] signed(String member, String content, PrivateKey key) {
    String signature =
        HexFormat.of().formatHex(sign(key, content.getBytes(StandardCharsets.UTF_8)));
    return ("{\"" + member + "\":" + content + ",\"signature\":\"" + signature + "\"}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static X509Certificate certificate(
      String name,
      KeyPair keys,
      @Nullable X509Certificate issuer,
      KeyPair issuerKeys,
      boolean isAuthority,
      @Nullable ASN1Encodable sgx) {
    try {
      X500Name subject = new X500Name("C=US,ST=CA,L=Santa Clara,O=Intel Corporation,CN=" + name);
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer == null ? subject : name(issuer),
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              Date.from(NOW.minus(Duration.ofDays(365))),
              Date.from(NOW.plus(Duration.ofDays(365))),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(
              isAuthority ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature));
      if (sgx != null) {
        builder.addExtension(new ASN1ObjectIdentifier(SgxExtension.OID), false, sgx);
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X500Name name(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  static DERSequence sequence(ASN1Encodable... members) {
    ASN1EncodableVector vector = new ASN1EncodableVector();
    for (ASN1Encodable each : members) {
      vector.add(each);
    }
    return new DERSequence(vector);
  }
}
