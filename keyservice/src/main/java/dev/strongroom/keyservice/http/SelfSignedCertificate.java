package dev.strongroom.keyservice.http;

import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * A certificate for a first start without any PKI: signed by itself, for workloads to pin. It is no
 * authority: its key signs nothing else.
 */
final class SelfSignedCertificate {
  private static final Duration LIFE = Duration.ofDays(825);
  private static final int SERIAL_BITS = 128;

  private SelfSignedCertificate() {}

  /**
   * Makes a P-256 key and its certificate for this host, {@code localhost} and {@code 127.0.0.1}.
   * The key is written first: a certificate is never there without its key.
   */
  static void write(Path certificate, Path key, String host) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] encoded = make(pair, host).getEncoded();
      Files.createDirectories(key.toAbsolutePath().getParent());
      Files.deleteIfExists(certificate);
      Files.deleteIfExists(key);
      OwnerOnlyFile.create(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      Files.write(certificate, pem("CERTIFICATE", encoded));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("every Java platform can sign with P-256", e);
    }
  }

  private static X509Certificate make(KeyPair pair, String host)
      throws OperatorCreationException, CertIOException, GeneralSecurityException {
    X500Name name = new X500Name("CN=Strongroom key service");
    Instant now = Instant.now();
    BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial,
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(LIFE)),
            name,
            pair.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    builder.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    builder.addExtension(Extension.subjectAlternativeName, false, names(host));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private static GeneralNames names(String host) {
    Set<String> texts = new LinkedHashSet<>(List.of(host, "localhost", "127.0.0.1", "::1"));
    List<GeneralName> names = new ArrayList<>();
    for (String text : texts) {
      names.add(
          new GeneralName(
              isAddress(text) ? GeneralName.iPAddress : GeneralName.dNSName, bare(text)));
    }
    return new GeneralNames(names.toArray(new GeneralName[0]));
  }

  private static boolean isAddress(String host) {
    return host.contains(":") || host.matches("[0-9.]+");
  }

  // A URI writes an IPv6 address in brackets.
  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static byte[] pem(String type, byte[] content) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
