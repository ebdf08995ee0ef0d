package dev.strongroom.keyservice.identity.kubernetes;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KubernetesConfig;
import dev.strongroom.keyservice.config.KubernetesConfig.Credentials;
import dev.strongroom.keyservice.config.PemFile;
import dev.strongroom.keyservice.files.AuthorityFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** TLS with an API server: its authorities alone are trusted. */
final class ApiServerTls {
  private static final char[] NO_PASSWORD = new char[0];

  private ApiServerTls() {}

  static SSLContext context(KubernetesConfig config) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          own(config.credentials()),
          AuthorityFile.trustManagers(config.caFile(), "identity.kubernetes[]"),
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "identity.kubernetes[].credentials: certificate and key do not belong together",
          e);
    }
  }

  private static KeyManager @Nullable [] own(Credentials credentials)
      throws GeneralSecurityException, IOException {
    return switch (credentials) {
      case Credentials.TokenFile _ -> null;
      case Credentials.ClientCertificate(Path certificate, Path key) -> {
        List<X509Certificate> chain = PemFile.certificates(certificate);
        String algorithm = chain.getFirst().getPublicKey().getAlgorithm();
        PrivateKey own = PemFile.privateKey(key, algorithm);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", own, NO_PASSWORD, chain.toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, NO_PASSWORD);
        yield factory.getKeyManagers();
      }
    };
  }
}
