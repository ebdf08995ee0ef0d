package dev.strongroom.delivery.client;

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
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS 1.3 that trusts the authorities of one file and no others. */
public final class TlsTrust {
  private TlsTrust() {}

  /**
   * A context for clients.
   *
   * @param caFile PEM of one or more certificates
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be read or holds none
   */
  public static SSLContext of(Path caFile) {
    return of(caFile, null);
  }

  /**
   * A context for clients that show a certificate.
   *
   * @param keys what they show; null for nothing
   * @throws Problem as {@link #of(Path)}
   */
  public static SSLContext of(Path caFile, KeyManager @Nullable [] keys) {
    try (InputStream in = Files.newInputStream(caFile)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, "the CA file " + caFile + " holds no certificate");
      }
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates) {
        anchors.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(anchors);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the CA file " + caFile + " cannot be read as PEM certificates; check caFile",
          e);
    }
  }

  static SSLParameters parameters() {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    return parameters;
  }
}
