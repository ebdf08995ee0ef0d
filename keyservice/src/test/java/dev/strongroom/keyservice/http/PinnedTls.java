package dev.strongroom.keyservice.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Clients that trust one certificate and nothing else. */
public final class PinnedTls {
  private PinnedTls() {}

  /** A context that trusts the certificate in this PEM file. */
  public static SSLContext context(Path certificate) {
    return context(certificate, null);
  }

  /**
   * The same, with something to show.
   *
   * @param keys null for nothing
   */
  public static SSLContext context(Path certificate, KeyManager @Nullable [] keys) {
    try (InputStream pem = Files.newInputStream(certificate)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "service", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the certificate cannot be trusted", e);
    }
  }

  /** A client that speaks this version. */
  public static HttpClient client(Path certificate, HttpClient.Version version) {
    return HttpClient.newBuilder()
        .sslContext(context(certificate))
        .version(version)
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }
}
