package dev.strongroom.keyservice.storage.s3;

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
import software.amazon.awssdk.http.TlsTrustManagersProvider;

/** Trusts the certificates of one PEM file and no others. */
final class CaFileTrust implements TlsTrustManagersProvider {
  private final TrustManager[] managers;

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read or holds
   *     no certificate
   */
  CaFileTrust(Path file) {
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
      this.managers = factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the storage's caFile holds no certificates in PEM; check the path and its content",
          e);
    }
  }

  @Override
  public TrustManager[] trustManagers() {
    return managers.clone();
  }
}
