package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.x509.PinnedRoots;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A maker of TPMs and its certificates. */
public final class TestPki {
  public static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  public static final String EK_USAGE = "2.23.133.8.1";
  public static final String AIK_USAGE = "2.23.133.8.3";
  private static final X500Name ROOT = new X500Name("CN=Test TPM root");
  private static final X500Name INTERMEDIATE = new X500Name("CN=Test TPM intermediate");

  private final KeyPair rootKeys = keys();
  private final KeyPair intermediateKeys = keys();
  private final X509Certificate root;
  private final X509Certificate intermediate;
  private long serial = 100;

  public TestPki() {
    root = authority(ROOT, rootKeys.getPublic(), ROOT, rootKeys);
    intermediate = authority(INTERMEDIATE, intermediateKeys.getPublic(), ROOT, rootKeys);
  }

  public static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public PinnedRoots roots() {
    return new PinnedRoots(List.of(root), List.of());
  }

  public X509Certificate root() {
    return root;
  }

  public X509Certificate intermediate() {
    return intermediate;
  }

  private X509Certificate authority(
      X500Name subject, PublicKey key, X500Name issuer, KeyPair issuerKeys) {
    JcaX509v3CertificateBuilder builder = builder(issuer, subject, key, Duration.ofDays(3650));
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return sign(builder, issuerKeys);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A leaf of the intermediate. */
  public X509Certificate leaf(PublicKey key, @Nullable String extendedUsage) {
    return leaf(key, extendedUsage, Duration.ofDays(365), KeyUsage.digitalSignature, false);
  }

  /** An endorsement key's, with an empty subject and what it is of in the alternative name. */
  public X509Certificate endorsementKey(PublicKey key) {
    return leaf(
        key,
        EK_USAGE,
        Duration.ofDays(365),
        key.getAlgorithm().equals("RSA") ? KeyUsage.keyEncipherment : KeyUsage.keyAgreement,
        true);
  }

  public X509Certificate leaf(
      PublicKey key, @Nullable String extendedUsage, Duration life, int usage, boolean named) {
    X500Name subject = named ? new X500Name("") : new X500Name("CN=leaf");
    JcaX509v3CertificateBuilder builder = builder(INTERMEDIATE, subject, key, life);
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (extendedUsage != null) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                KeyPurposeId.getInstance(new ASN1ObjectIdentifier(extendedUsage))));
      }
      if (named) {
        X500Name tpm =
            new X500NameBuilder()
                .addRDN(new ASN1ObjectIdentifier("2.23.133.2.1"), new DERUTF8String("id:54455354"))
                .addRDN(new ASN1ObjectIdentifier("2.23.133.2.2"), new DERUTF8String("Test"))
                .addRDN(new ASN1ObjectIdentifier("2.23.133.2.3"), new DERUTF8String("id:00010002"))
                .build();
        builder.addExtension(
            Extension.subjectAlternativeName, true, new GeneralNames(new GeneralName(tpm)));
      }
      return sign(builder, intermediateKeys);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A list of the intermediate that has this certificate. */
  public X509CRL revocationOf(X509Certificate certificate) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(
              intermediate.getSubjectX500Principal(), Date.from(NOW.minus(Duration.ofDays(1))));
      builder.setNextUpdate(Date.from(NOW.plus(Duration.ofDays(7))));
      builder.addCRLEntry(certificate.getSerialNumber(), Date.from(NOW), CRLReason.keyCompromise);
      return new JcaX509CRLConverter().getCRL(builder.build(signer(intermediateKeys)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private JcaX509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, PublicKey key, Duration life) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        BigInteger.valueOf(serial++),
        Date.from(NOW.minus(Duration.ofDays(10))),
        Date.from(NOW.plus(life)),
        subject,
        key);
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, KeyPair keys) {
    try {
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer(keys)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ContentSigner signer(KeyPair keys) {
    try {
      return new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }
}
