package dev.strongroom.keyservice.files;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** A PEM file of certificates that are trusted, and no others. */
public final class AuthorityFile {
  private AuthorityFile() {}

  /**
   * What trusts the certificates of the file.
   *
   * @param whose for the message, for example {@code the storage's}
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read or holds
   *     no certificate
   */
  public static TrustManager[] trustManagers(Path file, String whose) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      int count = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca-" + count++, each);
      }
      if (count == 0) {
        throw new GeneralSecurityException("no certificate");
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(trusted);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          whose + " caFile holds no certificates in PEM; check the path and its content",
          e);
    }
  }
}
