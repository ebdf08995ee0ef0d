package dev.strongroom.cli.connect;

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
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whom to trust as a server. */
public final class Tls {
  private Tls() {}

  /**
   * A context that trusts the certificates of a file and nobody else; without one, whom the Java
   * runtime trusts.
   *
   * @param ca PEM certificates
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file holds none
   */
  public static SSLContext trusting(Optional<Path> ca) {
    try {
      if (ca.isEmpty()) {
        return SSLContext.getDefault();
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(keyStore(certificates(ca.get())));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "TLS cannot be set up here", e);
    }
  }

  /** The certificates of a PEM file, at least one. */
  public static Collection<? extends Certificate> certificates(Path ca) {
    try (InputStream in = Files.newInputStream(ca)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (!found.isEmpty()) {
        return found;
      }
    } catch (IOException | GeneralSecurityException e) {
      throw noCertificates(ca, e);
    }
    throw noCertificates(ca, null);
  }

  private static Problem noCertificates(
      Path ca, @org.jspecify.annotations.Nullable Exception cause) {
    String message = "the file " + ca + " cannot be read as PEM certificates; name the CA's";
    return cause == null
        ? new Problem(ProblemCode.CONFIGURATION_INVALID, message)
        : new Problem(ProblemCode.CONFIGURATION_INVALID, message, cause);
  }

  private static KeyStore keyStore(Collection<? extends Certificate> certificates)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int number = 0;
    for (Certificate certificate : certificates) {
      store.setCertificateEntry("ca-" + number++, certificate);
    }
    return store;
  }
}
