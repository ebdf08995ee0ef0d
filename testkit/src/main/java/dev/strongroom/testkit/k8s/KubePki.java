package dev.strongroom.testkit.k8s;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The authority of a cluster of one API server, and what it issued: the server's certificate, that
 * of its first administrator, and the keys of service accounts. All are PEM files in one folder.
 */
final class KubePki {
  private static final char[] NO_PASSWORD = new char[0];

  private final Path folder;
  private final KeyPair authority = keys();
  private final X509Certificate root;
  private final KeyPair administrator = keys();
  private final X509Certificate administratorCertificate;
  private int serial = 1;

  KubePki(Path folder) {
    this.folder = folder;
    try {
      this.root = certificate("CN=test-cluster", authority, null);
      this.administratorCertificate =
          certificate("O=system:masters,CN=admin", administrator, KeyPurposeId.id_kp_clientAuth);
      KeyPair server = keys();
      write("ca.pem", "CERTIFICATE", root.getEncoded());
      write(
          "server.pem",
          "CERTIFICATE",
          certificate("CN=kube-apiserver", server, KeyPurposeId.id_kp_serverAuth).getEncoded());
      write("server-key.pem", "PRIVATE KEY", server.getPrivate().getEncoded());
      KeyPair serviceAccounts = keys();
      write("sa-key.pem", "PRIVATE KEY", serviceAccounts.getPrivate().getEncoded());
      write("sa.pem", "PUBLIC KEY", serviceAccounts.getPublic().getEncoded());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("the keys of a test cluster can be made", e);
    }
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Writes a client certificate and its key, {@code NAME.pem} and {@code NAME-key.pem}.
   *
   * @param subject an X.500 name: CN is the user, O its groups
   */
  void issue(String name, String subject) {
    try {
      KeyPair keys = keys();
      write(
          name + ".pem",
          "CERTIFICATE",
          certificate(subject, keys, KeyPurposeId.id_kp_clientAuth).getEncoded());
      write(name + "-key.pem", "PRIVATE KEY", keys.getPrivate().getEncoded());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("a client certificate can be issued", e);
    }
  }

  /** Speaks as the administrator, to servers of this authority. */
  SSLContext administrator() {
    try {
      KeyStore trusted = empty();
      trusted.setCertificateEntry("ca", root);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      KeyStore own = empty();
      Key key = administrator.getPrivate();
      own.setKeyEntry(
          "admin", key, NO_PASSWORD, new Certificate[] {administratorCertificate, root});
      KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
      managers.init(own, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private X509Certificate certificate(String subject, KeyPair keys, @Nullable KeyPurposeId purpose)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=test-cluster"),
            BigInteger.valueOf(serial++),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(Duration.ofDays(7))),
            new X500Name(subject),
            keys.getPublic());
    if (purpose == null) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
    } else {
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
    }
    byte[] der =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate()))
            .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  private void write(String name, String label, byte[] der) throws IOException {
    Path file =
        Files.createFile(
            folder.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        file,
        "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
            .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)));
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }
}
