package dev.strongroom.attestation.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certificate of a PKI made for a test, with its key. */
public record TestAuthority(KeyPair keys, X509Certificate certificate) {
  /** When all that has no other validity is valid: a year before and after. */
  public static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

  public static final Instant BEFORE = Instant.parse("2025-01-15T12:00:00Z");
  public static final Instant AFTER = Instant.parse("2027-01-15T12:00:00Z");

  private static final AtomicLong SERIALS = new AtomicLong(1);

  /** A root with P-384. */
  public static TestAuthority root(String name) {
    return new Issuing(null, name).authority(null).issue();
  }

  /** One that is valid at another time. */
  public static TestAuthority root(String name, Instant from, Instant until) {
    return new Issuing(null, name).authority(null).valid(from, until).issue();
  }

  /** A certificate of this issuer: a leaf, as long as nothing else is asked for. */
  public Issuing issuing(String name) {
    return new Issuing(this, name);
  }

  /** A list of this issuer. */
  public X509CRL crl(Instant thisUpdate, @Nullable Instant nextUpdate, X509Certificate... revoked) {
    return crl(thisUpdate, nextUpdate, List.of(), revoked);
  }

  /** A list with extensions. */
  public X509CRL crl(
      Instant thisUpdate,
      @Nullable Instant nextUpdate,
      List<Extension> extensions,
      X509Certificate... revoked) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(thisUpdate));
      if (nextUpdate != null) {
        builder.setNextUpdate(Date.from(nextUpdate));
      }
      for (X509Certificate each : revoked) {
        builder.addCRLEntry(each.getSerialNumber(), Date.from(thisUpdate), CRLReason.keyCompromise);
      }
      for (Extension extension : extensions) {
        builder.addExtension(extension);
      }
      return new JcaX509CRLConverter()
          .getCRL(
              builder.build(
                  new JcaContentSignerBuilder("SHA384withECDSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A signature in DER or, for {@code ...inP1363Format}, of R and S. */
  public byte[] sign(String algorithm, byte[] message) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(keys.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A fresh key on this curve. */
  public static KeyPair newKeys(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a certificate is to say. */
  public static final class Issuing {
    private final @Nullable TestAuthority issuer;
    private final X500Principal name;
    private final List<Extension> extensions = new ArrayList<>();
    private KeyPair keys = newKeys("secp384r1");
    private Instant from = BEFORE;
    private Instant until = AFTER;

    private Issuing(@Nullable TestAuthority issuer, String name) {
      this.issuer = issuer;
      this.name = new X500Principal("CN=" + name);
    }

    /** Of an authority, with that many authorities below it at most. */
    public Issuing authority(@Nullable Integer pathLength) {
      return extension(
              Extension.basicConstraints,
              true,
              pathLength == null ? new BasicConstraints(true) : new BasicConstraints(pathLength))
          .extension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    }

    public Issuing valid(Instant begin, Instant end) {
      this.from = begin;
      this.until = end;
      return this;
    }

    public Issuing keys(KeyPair given) {
      this.keys = given;
      return this;
    }

    public Issuing extension(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      try {
        extensions.add(Extension.create(oid, critical, value));
        return this;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    public TestAuthority issue() {
      try {
        JcaX509v3CertificateBuilder builder =
            new JcaX509v3CertificateBuilder(
                issuer == null ? name : issuer.certificate.getSubjectX500Principal(),
                BigInteger.valueOf(SERIALS.getAndIncrement()),
                Date.from(from),
                Date.from(until),
                name,
                keys.getPublic());
        for (Extension extension : extensions) {
          builder.addExtension(extension);
        }
        KeyPair signing = issuer == null ? keys : issuer.keys;
        return new TestAuthority(
            keys,
            new JcaX509CertificateConverter()
                .getCertificate(
                    builder.build(
                        new JcaContentSignerBuilder("SHA384withECDSA")
                            .build(signing.getPrivate()))));
      } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
